import type { Faker } from '@faker-js/faker'
import { PLATFORMS } from '@tablestream/contract'
import { LongTail, type Random } from './random.ts'
import { WAREHOUSES } from './stockroom.ts'

export type Platform = (typeof PLATFORMS)[number]

/** How somebody comes to the shop. */
export interface Device {
  readonly platform: Platform
  readonly deviceType: string
  readonly browser: string
  readonly userAgent: string
  readonly appVersion: string
}

/** Somebody with habits, which stay. */
export interface Customer {
  readonly id: string
  readonly address: {
    readonly street: string
    readonly city: string
    readonly country: string
    readonly postal_code: string
  }
  readonly language: string
  readonly paymentMethod: string
  /** The one that they nearly always use, and the other one. */
  readonly devices: readonly [Device, Device]
  readonly likedCategory: string
  /** Share of the visits with a full cart that end with an order. */
  readonly buys: number
  /** Things looked at in a visit, on average. */
  readonly curiosity: number
  /** Where their orders are sent from. */
  readonly warehouse: string
}

/** People that a shop has unless it is told another number. */
export const CUSTOMERS = 2000
const PAYMENT_METHODS = ['credit_card', 'debit_card', 'paypal', 'bank_transfer', 'gift_card']
const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt']
const BROWSERS = ['Chrome', 'Firefox', 'Safari', 'Edge']
const DEVICE_TYPES: Readonly<Record<Platform, string>> = { web: 'desktop', mobile: 'phone', tablet: 'tablet' }

/** Who comes: some often, most seldom. Nobody is known before their first visit. */
export class Customers {
  readonly #known: (Customer | undefined)[]
  readonly #tail: LongTail
  readonly #faker: Faker
  readonly #random: Random
  readonly #categories: readonly string[]

  constructor(faker: Faker, random: Random, categories: readonly string[], count: number) {
    this.#faker = faker
    this.#random = random
    this.#categories = categories
    this.#known = Array.from({ length: count })
    this.#tail = new LongTail(count, 0.7)
  }

  /** Those who came so far. */
  *known(): Iterable<Customer> {
    for (const customer of this.#known) if (customer !== undefined) yield customer
  }

  draw(): Customer {
    const place = this.#tail.draw(this.#random)
    return (this.#known[place] ??= this.#meet())
  }

  #meet(): Customer {
    const random = this.#random
    const { location } = this.#faker
    return {
      id: random.id('cust-'),
      address: {
        street: location.streetAddress(),
        city: location.city(),
        country: location.countryCode(),
        postal_code: location.zipCode(),
      },
      language: random.pick(LANGUAGES),
      paymentMethod: random.pick(PAYMENT_METHODS),
      devices: [this.#device(), this.#device()],
      likedCategory: random.pick(this.#categories),
      buys: 0.2 + random.unit() * 0.7,
      curiosity: 2 + random.unit() * 6,
      warehouse: random.pick(WAREHOUSES),
    }
  }

  #device(): Device {
    const platform = this.#random.pick(PLATFORMS)
    return {
      platform,
      deviceType: DEVICE_TYPES[platform],
      browser: this.#random.pick(BROWSERS),
      userAgent: this.#faker.internet.userAgent(),
      appVersion: this.#faker.system.semver(),
    }
  }
}
