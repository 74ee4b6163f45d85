import type { Inventory } from '@tablestream/contract'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export const WAREHOUSES = ['wh-east', 'wh-west', 'wh-central', 'wh-eu', 'wh-apac']

const HOUR_MS = 3_600_000
/** A delivery is as much as an event may say: 100 pieces (contract). */
const MOST_DELIVERED = 100
const FEWEST_DELIVERED = 40
/** With fewer pieces on the shelf the supplier is asked for more. */
const LOW = 15
const DELIVERY_HOURS = 6
/** Of the deliveries, this share breaks something. */
const BREAKS = 0.1

const DELIVERIES = ['weekly delivery', 'supplier order', 'transfer between warehouses']
const DAMAGES = ['water', 'dropped', 'transport']
const RETURNS = ['wrong size', 'changed their mind', 'arrived late']

interface Shelf {
  readonly product: string
  readonly warehouse: string
  pieces: number
  delivery: boolean
}

interface Movement {
  readonly change: number
  readonly reason: Inventory['reason']
  readonly details: string
  readonly by: string
}

/**
 * Pieces by product and warehouse. Each movement is an event: before and change make after, which is the next one's before. None is
 * ever negative.
 */
export class Stockroom {
  /** By warehouse and product. */
  readonly #shelves = new Map<string, Map<string, Shelf>>()
  readonly #world: World
  readonly #random: Random

  constructor(world: World) {
    this.#world = world
    this.#random = world.random
  }

  /** Pieces that can be sold. What the warehouse never had is delivered first. */
  available(product: string, warehouse: string): number {
    return this.#shelf(product, warehouse).pieces
  }

  sell(product: string, warehouse: string, pieces: number, order: string): void {
    const shelf = this.#shelf(product, warehouse)
    this.#move(shelf, { change: -pieces, reason: 'sale', details: `order ${order}`, by: 'checkout' })
    if (shelf.pieces >= LOW || shelf.delivery) return
    shelf.delivery = true
    this.#world.plan(this.#random.waiting(DELIVERY_HOURS * HOUR_MS), () => this.#deliver(shelf))
  }

  takeBack(product: string, warehouse: string, pieces: number, order: string): void {
    const details = `order ${order}: ${this.#random.pick(RETURNS)}`
    this.#move(this.#shelf(product, warehouse), {
      change: pieces,
      reason: 'return',
      details,
      by: this.#worker(),
    })
  }

  #shelf(product: string, warehouse: string): Shelf {
    let shelves = this.#shelves.get(warehouse)
    if (shelves === undefined) {
      shelves = new Map()
      this.#shelves.set(warehouse, shelves)
    }
    const known = shelves.get(product)
    if (known !== undefined) return known
    const shelf = { product, warehouse, pieces: 0, delivery: false }
    shelves.set(product, shelf)
    this.#deliver(shelf)
    return shelf
  }

  #deliver(shelf: Shelf): void {
    const random = this.#random
    shelf.delivery = false
    const change = random.integer(FEWEST_DELIVERED, MOST_DELIVERED)
    this.#move(shelf, { change, reason: 'restock', details: random.pick(DELIVERIES), by: this.#worker() })
    if (!random.chance(BREAKS)) return
    const broken = -random.integer(1, 2)
    this.#move(shelf, { change: broken, reason: 'damage', details: random.pick(DAMAGES), by: this.#worker() })
  }

  #worker(): string {
    return `user-${this.#random.integer(1, 40)}`
  }

  #move(shelf: Shelf, { change, reason, details, by }: Movement): void {
    const { product, warehouse, pieces: before } = shelf
    const id = this.#random.id('inv-')
    const after = before + change
    shelf.pieces = after
    this.#world.emit('inventory', (timestamp) => ({
      event_type: 'inventory',
      inventory_id: id,
      product_id: product,
      warehouse_id: warehouse,
      quantity_change: change,
      reason,
      timestamp,
      quantity_before: before,
      quantity_after: after,
      reason_details: details,
      adjusted_by_user: by,
      event_date: timestamp.slice(0, 10),
    }))
  }
}
