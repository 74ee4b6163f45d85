import { validateEvent, type Inventory, type Order, type UserActivity } from '@tablestream/contract'
import t from 'tap'
import { Shop, SHOP_EVENT_TYPES } from '../../src/shop/shop.ts'

const START = new Date('2026-03-01T00:00:00Z')
const now = () => new Date('2026-11-01T12:00:00.000Z')
const story = (seed: number, count: number) => {
  const shop = new Shop({ seed, now, start: START })
  return Array.from({ length: count }, () => shop.next(...SHOP_EVENT_TYPES))
}
const WEEK = story(1, 100_000)
const orders = WEEK.filter((event): event is Order => event.event_type === 'order')
const movements = WEEK.filter((event): event is Inventory => event.event_type === 'inventory')
const steps = WEEK.filter((event): event is UserActivity => event.event_type === 'user_activity')
const timeOf = (event: (typeof WEEK)[number]) =>
  event.event_type === 'order' ? event.updated_at! : event.timestamp

t.test('every event is what its contract allows', (t) => {
  for (const event of WEEK) {
    const rejections = validateEvent(event.event_type, event)
    if (rejections.length > 0) t.fail(JSON.stringify(rejections))
  }
  t.ok(orders.length > 5000 && movements.length > 5000 && steps.length > 50_000)
  t.end()
})

t.test('the same seed and start give the same events, another seed gives others', (t) => {
  const text = (seed: number) => JSON.stringify(story(seed, 3000))
  t.equal(text(7), text(7))
  t.not(text(7), text(8))
  t.end()
})

t.test(
  'a shop of four times as many customers has about four times the visits, and its own people and goods',
  (t) => {
    const visits = (customers?: number) => {
      const shop = new Shop({ seed: 1, now, start: START, customers })
      const came = new Set<string>()
      let count = 0
      for (;;) {
        const { activity_type: activity, user_id: user } = shop.next('user_activity')
        if (shop.now().getTime() > START.getTime() + 24 * 3_600_000) return { shop, count, came }
        if (activity !== 'login') continue
        count++
        came.add(user)
      }
    }
    const usual = visits()
    t.ok(Math.abs(visits(8000).count / usual.count - 4) < 0.5)
    t.equal(visits(2000).count, usual.count)
    t.ok([...visits(10).shop.customers()].length <= 10)
    const known = new Set([...usual.shop.customers()].map(({ id }) => id))
    t.ok([...usual.came].every((id) => known.has(id)))
    const sold = new Set(usual.shop.products().map(({ id }) => id))
    t.ok(orders.every(({ items }) => items.every(({ product_id: id }) => sold.has(id))))
    t.end()
  },
)

t.test('the story does not depend on which of its events are asked for', (t) => {
  const shop = new Shop({ seed: 1, now, start: START })
  t.same(
    Array.from({ length: 500 }, () => shop.next('order')),
    orders.slice(0, 500),
  )
  t.throws(() => shop.next(), { message: /no event type/ })
  t.end()
})

t.test('each id that an event refers to was introduced by an event before it', (t) => {
  const users = new Set<string>()
  const sessions = new Set<string>()
  const shelves = new Set<string>()
  const products = new Set<string>()
  const placed = new Set<string>()
  const known = (ids: ReadonlySet<string>, id: string | undefined) => {
    if (id === undefined || !ids.has(id)) t.fail(`${id} comes out of nothing`)
  }
  for (const event of WEEK) {
    if (event.event_type === 'user_activity') {
      if (event.activity_type === 'login') {
        users.add(event.user_id)
        sessions.add(event.session_id!)
      }
      known(users, event.user_id)
      known(sessions, event.session_id)
      const [, page, id] = /shop\.example\/(products|orders)\/(.+)$/.exec(event.page_url!) ?? []
      if (page !== undefined) known(page === 'orders' ? placed : products, id)
    } else if (event.event_type === 'inventory') {
      const shelf = `${event.product_id} ${event.warehouse_id}`
      if (event.reason === 'restock') {
        shelves.add(shelf)
        products.add(event.product_id)
      }
      known(shelves, shelf)
      const [order] = /ord-\w+/.exec(event.reason_details!) ?? []
      if (event.reason === 'sale' || event.reason === 'return') known(placed, order)
    } else {
      if (event.status === 'pending') placed.add(event.order_id)
      known(placed, event.order_id)
      known(users, event.customer_id)
      for (const { product_id: product } of event.items) known(products, product)
    }
  }
  t.ok(placed.size > 1000)
  t.end()
})

t.test('an order is what was in a cart of its customer, and its total adds up', (t) => {
  const carts = new Map<string, Map<string, Set<string>>>()
  for (const event of WEEK) {
    if (event.event_type === 'user_activity') {
      const ofUser = carts.get(event.user_id) ?? new Map<string, Set<string>>()
      carts.set(event.user_id, ofUser)
      const cart = ofUser.get(event.session_id!) ?? new Set<string>()
      ofUser.set(event.session_id!, cart)
      const product = event.page_url!.split('/').at(-1)!
      if (event.activity_type === 'add_to_cart') cart.add(product)
      if (event.activity_type === 'remove_from_cart' && !cart.delete(product)) t.fail('removed, never added')
    } else if (event.event_type === 'order' && event.status === 'pending') {
      const products = event.items.map(({ product_id: product }) => product)
      const fits = [...carts.get(event.customer_id)!.values()].some(
        (cart) => cart.size === products.length && products.every((product) => cart.has(product)),
      )
      if (!fits) t.fail(`no cart has what ${event.order_id} has`)
      const cents = event.items.reduce(
        (sum, { price, quantity }) => sum + quantity * Math.round(price * 100),
        0,
      )
      if (cents !== Math.round(event.total_amount * 100)) t.fail(`${event.order_id} does not add up`)
    }
  }
  t.end()
})

t.test('an order moves on from pending to delivered, and stays the same order', (t) => {
  const byId = Map.groupBy(orders, ({ order_id: id }) => id)
  let delivered = 0
  for (const history of byId.values()) {
    const statuses = history.map(({ status }) => status)
    t.same(statuses, ['pending', 'processing', 'shipped', 'delivered'].slice(0, statuses.length))
    if (statuses.length === 4) delivered++
    const [first, ...others] = history
    t.equal(first!.updated_at, first!.order_date)
    for (const { status, updated_at, ...order } of others) {
      if (
        JSON.stringify({ ...first, status, updated_at }) !== JSON.stringify({ ...order, status, updated_at })
      )
        t.match({ ...order, status, updated_at }, { ...first, status, updated_at })
    }
  }
  t.ok(delivered > 1000, `${delivered} delivered`)
  t.end()
})

t.test(
  'what a shelf has follows from its movements, sales are what was ordered, and nothing is negative',
  (t) => {
    const shelves = new Map<string, number>()
    const sold = new Map<string, string[]>()
    for (const { product_id: product, warehouse_id: warehouse, ...movement } of movements) {
      const { quantity_before: before, quantity_change: change, quantity_after: after, reason } = movement
      const shelf = `${product} ${warehouse}`
      if (before !== (shelves.get(shelf) ?? 0) || after !== before + change || after < 0)
        t.fail(JSON.stringify({ shelf, ...movement }))
      shelves.set(shelf, after!)
      if ((reason === 'restock' || reason === 'return') !== change > 0) t.fail(`${reason} ${change}`)
      if (reason !== 'sale') continue
      const order = movement.reason_details!.replace('order ', '')
      sold.set(order, [...(sold.get(order) ?? []), `${product} ${-change}`])
    }
    for (const { status, order_id: id, items } of orders.slice(0, 5000)) {
      if (status !== 'pending') continue
      t.same(
        sold.get(id),
        items.map(({ product_id: product, quantity }) => `${product} ${quantity}`),
      )
    }
    t.same(Object.keys(Object.groupBy(movements, ({ reason }) => reason)).toSorted(), [
      'damage',
      'restock',
      'return',
      'sale',
    ])
    t.end()
  },
)

t.test('times go on, and evenings and Sundays are busier than nights and Tuesdays', (t) => {
  let last = ''
  for (const event of WEEK) {
    if (timeOf(event) < last) t.fail(`${timeOf(event)} comes after ${last}`)
    last = timeOf(event)
  }
  const logins = steps.filter(({ activity_type: activity }) => activity === 'login')
  const count = (pick: (date: Date) => boolean) =>
    logins.filter(({ timestamp }) => pick(new Date(timestamp))).length
  t.ok(count((date) => date.getUTCHours() === 20) > 3 * count((date) => date.getUTCHours() === 3))
  // 2026-03-01 is a Sunday, 2026-03-03 a Tuesday
  t.ok(count((date) => date.getUTCDate() === 1) > 1.3 * count((date) => date.getUTCDate() === 3))
  t.end()
})

t.test('there are best sellers and a long tail, and customers keep their habits', (t) => {
  const sold = Map.groupBy(
    orders.filter(({ status }) => status === 'pending').flatMap(({ items }) => items),
    (item) => item.product_id,
  )
  const counts = [...sold.values()].map(({ length }) => length).toSorted((a, b) => b - a)
  const sum = counts.reduce((total, one) => total + one, 0)
  const top = counts.slice(0, counts.length / 10).reduce((total, one) => total + one, 0)
  t.ok(
    counts.length > 150 && top > 0.3 * sum,
    `a tenth of ${counts.length} products makes ${top} of ${sum} sales`,
  )
  for (const ofCustomer of Map.groupBy(orders, ({ customer_id: id }) => id).values())
    if (new Set(ofCustomer.map(({ payment_method: method }) => method)).size > 1)
      t.fail('another card each time')
  t.end()
})

t.test('without a start the events have the time that it is', (t) => {
  let time = START.getTime()
  const shop = new Shop({ seed: 3, now: () => new Date(time) })
  for (; time < START.getTime() + 200_000; time += 100) {
    const event = shop.next(...SHOP_EVENT_TYPES)
    if (timeOf(event) !== new Date(time).toISOString()) t.fail(timeOf(event))
  }
  t.equal(shop.now().getTime(), time)
  t.end()
})
