import type { Order } from '@tablestream/contract'
import type { Customer } from './customers.ts'
import type { Product } from './products.ts'
import type { Stockroom } from './stockroom.ts'
import type { World } from './world.ts'

/** So many of a product, in a cart or in the order that came of it. */
export interface Line {
  readonly product: Product
  readonly quantity: number
}

const CURRENCY = 'USD'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** What becomes of an order: the milliseconds until then are `least`, and on average `more` beyond it. */
const STEPS = [
  { status: 'processing', least: MINUTE_MS, more: 10 * MINUTE_MS },
  { status: 'shipped', least: 20 * MINUTE_MS, more: 3 * HOUR_MS },
  { status: 'delivered', least: 12 * HOUR_MS, more: 12 * HOUR_MS },
] as const
/** Of the orders that are delivered, this share brings something back. */
const RETURNED = 0.08
const RETURN_MS = 24 * HOUR_MS

/** An order of what is on the shelves: it is announced, takes its pieces from them, and goes on to the door, sometimes back. */
export function placeOrder(
  world: World,
  stockroom: Stockroom,
  customer: Customer,
  lines: readonly Line[],
): string {
  const { random } = world
  const id = random.id('ord-')
  const announce = announcer(id, customer, lines)
  const goOn = (step: number): void => {
    const next = STEPS[step]
    if (next === undefined) {
      if (random.chance(RETURNED)) world.plan(random.waiting(RETURN_MS), takeBack)
      return
    }
    world.plan(next.least + random.waiting(next.more), () => {
      world.emit('order', announce(next.status))
      goOn(step + 1)
    })
  }
  const takeBack = () => {
    const { product, quantity } = random.pick(lines)
    stockroom.takeBack(product.id, customer.warehouse, random.integer(1, quantity), id)
  }
  world.emit('order', announce('pending'))
  for (const { product, quantity } of lines) stockroom.sell(product.id, customer.warehouse, quantity, id)
  goOn(0)
  return id
}

/** Makes the events of one order. They differ in their status and in the time of it. */
function announcer(id: string, customer: Customer, lines: readonly Line[]) {
  const cents = lines.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0)
  const items = lines.map(({ product, quantity }) => ({
    product_id: product.id,
    product_name: product.name,
    quantity,
    price: product.cents / 100,
    category: product.category,
  }))
  // where nobody asked for the first event, the next one is the first that anybody sees
  let placed: string | undefined
  return (status: Order['status']) =>
    (timestamp: string): Order => {
      placed ??= timestamp
      return {
        event_type: 'order',
        order_id: id,
        customer_id: customer.id,
        order_date: placed,
        status,
        updated_at: timestamp,
        items,
        total_amount: cents / 100,
        shipping_address: customer.address,
        currency: CURRENCY,
        payment_method: customer.paymentMethod,
        event_date: placed.slice(0, 10),
      }
    }
}
