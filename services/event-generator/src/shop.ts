import type { Inventory, Order, UserActivity } from '@tablestream/contract'
import { base, en, Faker } from '@faker-js/faker'
import { generateInventory, type Stock } from './generate-inventory.ts'
import { generateOrder } from './generate-order.ts'
import { generateUserActivity } from './generate-user-activity.ts'

export interface Product {
  readonly id: string
  readonly name: string
  readonly category: string
  /** In cents, so that totals add up to the cent. */
  readonly cents: number
}

export interface Customer {
  readonly id: string
  readonly country: string
  readonly city: string
  readonly street: string
  readonly postalCode: string
}

export interface ShopEvents {
  readonly order: Order
  readonly inventory: Inventory
  readonly user_activity: UserActivity
}

export type ShopEventType = keyof ShopEvents

/** The event types that the shop can simulate. */
export const SHOP_EVENT_TYPES = ['order', 'inventory', 'user_activity'] as const satisfies ShopEventType[]

export interface ShopOptions {
  /** The same seed and start give the same events, byte for byte. */
  readonly seed?: number
  readonly now: () => Date
}

const PRODUCTS = 200
const CUSTOMERS = 500
const WAREHOUSES = ['wh-east', 'wh-west', 'wh-central', 'wh-eu', 'wh-apac']

/** A shop with products of a fixed price, customers, and stock that its events move. */
export class Shop {
  readonly faker: Faker
  readonly now: () => Date
  readonly products: readonly Product[]
  readonly customers: readonly Customer[]
  readonly warehouses: readonly string[] = WAREHOUSES
  readonly stock: Stock = new Map()

  constructor({ seed, now }: ShopOptions) {
    this.faker = new Faker({ locale: [en, base] })
    if (seed !== undefined) this.faker.seed(seed)
    this.now = now
    const { faker } = this
    this.products = Array.from({ length: PRODUCTS }, () => ({
      id: `prod-${faker.string.alphanumeric({ length: 8, casing: 'lower' })}`,
      name: faker.commerce.productName(),
      category: faker.commerce.department(),
      cents: faker.number.int({ min: 199, max: 49_999 }),
    }))
    this.customers = Array.from({ length: CUSTOMERS }, () => ({
      id: `cust-${faker.string.alphanumeric({ length: 8, casing: 'lower' })}`,
      country: faker.location.countryCode(),
      city: faker.location.city(),
      street: faker.location.streetAddress(),
      postalCode: faker.location.zipCode(),
    }))
  }

  next<Type extends ShopEventType>(type: Type): ShopEvents[Type] {
    return GENERATORS[type](this)
  }

  /** An id for an event of this shop. */
  eventId(): string {
    return this.faker.string.uuid()
  }
}

const GENERATORS: { readonly [Type in ShopEventType]: (shop: Shop) => ShopEvents[Type] } = {
  order: generateOrder,
  inventory: generateInventory,
  user_activity: generateUserActivity,
}

export function isShopEventType(type: string): type is ShopEventType {
  return Object.hasOwn(GENERATORS, type)
}
