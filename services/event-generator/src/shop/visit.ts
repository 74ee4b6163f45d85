import type { UserActivity } from '@tablestream/contract'
import type { Customer, Device } from './customers.ts'
import { placeOrder, type Line } from './place-order.ts'
import type { Assortment, Product } from './products.ts'
import type { Stockroom } from './stockroom.ts'
import type { World } from './world.ts'

export interface Surroundings {
  readonly world: World
  readonly assortment: Assortment
  readonly stockroom: Stockroom
}

/** Milliseconds from one step to the next, on average. */
const PACE_MS = 20_000
const USUAL_DEVICE = 0.9
const READS = 0.6
const WANTS = 0.4
const MOST_PIECES = 3
const SECOND_THOUGHTS = 0.15
const LOGS_OUT = 0.6
const SITE = 'https://shop.example'

/** One session of a customer: logs in, looks around, fills a cart, buys or does not, logs out or just goes. */
export class Visit {
  readonly #surroundings: Surroundings
  readonly #customer: Customer
  readonly #device: Device
  readonly #sessionId: string
  readonly #ipAddress: string
  readonly #cart = new Map<string, Line>()
  #left: number

  constructor(surroundings: Surroundings, customer: Customer) {
    const { random } = surroundings.world
    this.#surroundings = surroundings
    this.#customer = customer
    this.#device = customer.devices[random.chance(USUAL_DEVICE) ? 0 : 1]
    this.#sessionId = random.id('sess-')
    // TEST-NET-1: addresses for documentation (RFC 5737)
    this.#ipAddress = `192.0.2.${random.integer(1, 254)}`
    this.#left = Math.ceil(random.waiting(customer.curiosity))
  }

  begin(): void {
    this.#tell('login', 'login', 'login')
    this.#then(() => this.#arrive())
  }

  #then(step: () => void): void {
    const { world } = this.#surroundings
    world.plan(world.random.waiting(PACE_MS), step)
  }

  #arrive(): void {
    this.#tell('page_view', '', 'home')
    this.#then(() => this.#look())
  }

  #look(): void {
    const { world, assortment, stockroom } = this.#surroundings
    const { random } = world
    if (this.#left-- <= 0) return this.#leave()
    const product = assortment.draw(this.#customer.likedCategory)
    const pieces = stockroom.available(product.id, this.#customer.warehouse)
    this.#tellOf('product_page', product)
    const wants = random.chance(WANTS) && pieces > 0 && !this.#cart.has(product.id)
    if (random.chance(READS)) this.#then(() => this.#read(product, wants))
    else this.#decide(product, wants)
  }

  #read(product: Product, wants: boolean): void {
    this.#tellOf('view_product', product)
    this.#decide(product, wants)
  }

  #decide(product: Product, wants: boolean): void {
    const { random } = this.#surroundings.world
    if (wants) this.#then(() => this.#add(product))
    else if (this.#cart.size > 0 && random.chance(SECOND_THOUGHTS)) this.#then(() => this.#reconsider())
    else this.#then(() => this.#look())
  }

  #add(product: Product): void {
    const quantity = this.#surroundings.world.random.integer(1, MOST_PIECES)
    this.#cart.set(product.id, { product, quantity })
    this.#tellOf('add_to_cart', product)
    this.#then(() => this.#look())
  }

  #reconsider(): void {
    this.#remove(this.#surroundings.world.random.pick([...this.#cart.values()]))
    this.#then(() => this.#look())
  }

  #remove({ product }: Line): void {
    this.#cart.delete(product.id)
    this.#tellOf('remove_from_cart', product)
  }

  #leave(): void {
    const { random } = this.#surroundings.world
    if (this.#cart.size > 0 && random.chance(this.#customer.buys)) this.#then(() => this.#checkOut())
    else if (random.chance(LOGS_OUT)) this.#then(() => this.#tell('logout', 'logout', 'logout'))
  }

  #checkOut(): void {
    const { world, stockroom } = this.#surroundings
    const { warehouse } = this.#customer
    this.#tell('page_view', 'checkout', 'checkout')
    // others may have bought the last pieces since they came into this cart
    const lines: Line[] = []
    for (const line of this.#cart.values()) {
      const quantity = Math.min(line.quantity, stockroom.available(line.product.id, warehouse))
      if (quantity > 0) lines.push({ product: line.product, quantity })
      else this.#remove(line)
    }
    if (lines.length > 0) {
      const order = placeOrder(world, stockroom, this.#customer, lines)
      this.#tell('page_view', `orders/${order}`, 'thank you')
    }
    if (world.random.chance(LOGS_OUT)) this.#then(() => this.#tell('logout', 'logout', 'logout'))
  }

  #tellOf(activity: UserActivity['activity_type'], { id, name }: Product): void {
    this.#tell(activity, `products/${id}`, name)
  }

  #tell(activity: UserActivity['activity_type'], page: string, title: string): void {
    const customer = this.#customer
    const device = this.#device
    this.#surroundings.world.emit('user_activity', (timestamp) => ({
      event_type: 'user_activity',
      user_id: customer.id,
      activity_type: activity,
      timestamp,
      session_id: this.#sessionId,
      page_url: `${SITE}/${page}`,
      page_title: title,
      ip_address: this.#ipAddress,
      user_agent: device.userAgent,
      device_type: device.deviceType,
      browser: device.browser,
      country: customer.address.country,
      event_date: timestamp.slice(0, 10),
      metadata: {
        session_id: this.#sessionId,
        platform: device.platform,
        app_version: device.appVersion,
        language: customer.language,
      },
    }))
  }
}
