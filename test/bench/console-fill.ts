import { BigQuery } from '@google-cloud/bigquery'
import { DATASET, PROJECT, settled, type Pipeline } from '../end-to-end/pipeline.ts'

/** So many messages were published within a minute; their rows came up to two minutes later. */
const PUBLISHED_WITHIN_S = 60
const LANDED_AFTER_MS = 120_000
/** Rows of one INSERT. */
const BATCH = 100_000

const FIRST_MESSAGE = 900_000_000_000

const CE = { 'ce-type': 'order', 'ce-source': '/bench', event_type: 'order' }

/** Of an order, those that are the same in all. */
const COLUMNS = [
  'event_type',
  'order_date',
  'status',
  'items',
  'total_amount',
  'shipping_address',
  'currency',
  'payment_method',
]

/** As texts with the id of the event in them. */
const order = (id: string) =>
  JSON.stringify({
    event_type: 'order',
    order_id: id,
    customer_id: `customer-of-${id}`,
    order_date: '2026-11-29T10:00:00.000Z',
    status: 'shipped',
    items: [
      { product_id: 'p-1', product_name: 'A lamp', quantity: 2, price: 19.95, category: 'light' },
      { product_id: 'p-2', product_name: 'A chair of wood', quantity: 1, price: 120.5, category: 'home' },
    ],
    total_amount: 160.4,
    shipping_address: { street: '1 Long Street', city: 'Bern', postal_code: '3000', country: 'CH' },
    currency: 'EUR',
    payment_method: 'card',
  })

/** Fills the record, and the table of orders with their rows: by SQL, from one that came through the pipeline. */
export async function fill(
  pipeline: Pipeline,
  events: number,
  progress: (what: string) => void,
): Promise<void> {
  const { clients, cloud } = pipeline
  await clients.publish([order('e-template')], { ...CE, 'ce-id': 'e-template' })
  await settled(pipeline)
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const began = Date.now() - LANDED_AFTER_MS - PUBLISHED_WITHIN_S * 1000
  for (let from = 0; from < events; from += BATCH) {
    progress(`filling the record, ${from} of ${events} messages`)
    const params = {
      from,
      first: FIRST_MESSAGE,
      until: Math.min(from + BATCH, events) - 1,
      began: began * 1000,
      micros: (PUBLISHED_WITHIN_S * 1_000_000) / events,
      landed: LANDED_AFTER_MS,
      order: order('e-template'),
      attributes: JSON.stringify({ ...CE, 'ce-id': 'e-template' }),
    }
    const published = '@began + CAST(FLOOR(n * @micros) AS INT64)'
    const text = (name: string) => `REPLACE(@${name}, 'e-template', CONCAT('e-', CAST(n AS STRING)))`
    const numbers = 'UNNEST(GENERATE_ARRAY(@from, @until)) AS n'
    await bigquery.query({
      query: `INSERT INTO ${DATASET}.published_messages (subscription_name, message_id, publish_time, data, attributes)
        SELECT 'bench', CAST(@first + n AS STRING), TIMESTAMP_MICROS(${published}), CAST(${text('order')} AS BYTES),
          PARSE_JSON(${text('attributes')}) FROM ${numbers}`,
      params,
    })
    await bigquery.query({
      query: `INSERT INTO ${DATASET}.orders (event_id, event_date, processed_timestamp, _source, _fingerprint, ${COLUMNS.join(', ')},
          order_id, customer_id)
        SELECT CONCAT('e-', CAST(n AS STRING)), event_date, TIMESTAMP_MICROS(${published} + 1000 * (100 + MOD(n * 7919, @landed))),
          _source, FARM_FINGERPRINT(${text('order')}), ${COLUMNS.join(', ')}, CONCAT('e-', CAST(n AS STRING)),
          CONCAT('customer-of-e-', CAST(n AS STRING))
        FROM ${numbers} CROSS JOIN ${DATASET}.orders WHERE event_id = 'e-template'`,
      params,
    })
  }
}

/** Ids to ask for, of events and of messages, all over the record. */
export function idsOf(events: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    // a step that shares no divisor with the count of events: no two are the same
    const event = (n * 7_919_317) % events
    return n % 2 === 0 ? `e-${event}` : String(FIRST_MESSAGE + event)
  })
}
