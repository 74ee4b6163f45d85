// What the simulated shop's own systems would write into files, with the names and units that such systems have. The jobs of batch-loader
// (services/batch-loader/jobs) make the shop's events of them.
import { base, en, Faker } from '@faker-js/faker'
import type { Order, UserActivity } from '@tablestream/contract'
import type { Customer, Product } from '@tablestream/event-generator'

/** A cell of CSV, or a value of JSON. */
export type Cell = string | number | null
/** Of a file, one record: its fields in the order of its columns. */
export type RawRecord = Readonly<Record<string, Cell>>

const names = new Faker({ locale: [en, base] })

/** @param since RFC 3339, when they first came */
export function customerRecord({ id, address, language }: Customer, since: string): RawRecord {
  // the shop knows no names: they come of the id alone, and so draw nothing of its story
  names.seed(seedOf(id))
  const first = names.person.firstName()
  const last = names.person.lastName()
  return {
    id,
    first_name: first,
    last_name: last,
    // as people write it into a form
    email: ` ${first}.${last}.${id.slice(-4)}@Example.com`,
    street: address.street,
    city: address.city,
    country: address.country,
    zip: address.postal_code,
    language,
    created: since,
    modified: since,
  }
}

/** @param time RFC 3339, when the file was made */
export function productRecord({ id, name, category, cents }: Product, time: string): RawRecord {
  return { sku: id, title: name, department: category, price_cents: cents, currency: 'USD', modified: time }
}

/** What was paid for an order that was just placed: its total, to the cent. */
export function transactionRecord(order: Order): RawRecord {
  return {
    txn_id: `txn-${order.order_id.replace(/^ord-/, '')}`,
    order_no: order.order_id,
    customer_no: order.customer_id,
    amount: order.total_amount,
    currency: order.currency ?? '',
    method: order.payment_method ?? '',
    pieces: order.items.reduce((sum, { quantity }) => sum + quantity, 0),
    // milliseconds since 1970, as many systems count
    paid_at: Date.parse(order.order_date),
  }
}

/** @param eventId of the same step as an event of the stream */
export function userEventRecord(activity: UserActivity, eventId: string): RawRecord {
  return {
    event_id: eventId,
    user: activity.user_id,
    event_type: activity.activity_type,
    at: activity.timestamp,
    page: activity.page_url ?? null,
    session: activity.session_id ?? null,
    agent: activity.user_agent ?? null,
  }
}

/** The same number for the same text (FNV-1a). */
function seedOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93)
  return hash >>> 0
}
