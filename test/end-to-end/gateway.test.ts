import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { CloudEvent, HTTP } from 'cloudevents'
import t from 'tap'
import { DATASET, settled, startPipeline } from './pipeline.ts'

const KEY = 'a key'
const API_KEYS = JSON.stringify({ test: { sha256: createHash('sha256').update(KEY).digest('hex') } })
const VEHICLE = { vin: '1HGCM82633A004352', make: 'Honda', model: 'Accord', year: 2024 }
const TIME = new Date().toISOString()

t.test(
  'what the gateway takes lands, once, in the table of its type; what it refuses is nowhere',
  async (t) => {
    const pipeline = await startPipeline({
      services: ['table-manager', 'stream-writer', 'event-gateway'],
      env: { API_KEYS },
    })
    t.teardown(() => pipeline.close())
    const { clients, gatewayUrl } = pipeline
    const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${gatewayUrl}${path}`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    const sale = {
      id_cliente: 'c-1',
      cliente: 'Ana',
      genero: 'F',
      id_producto: 'p-1',
      producto: 'reloj',
      precio: 120.5,
      cantidad: 2,
      monto: 241,
      forma_pago: 'tarjeta',
      fecreg: TIME,
    }
    for (let again = 0; again < 2; again++) {
      const { status } = await post('/events/auction_sale', [sale, { ...sale, precio: 1 }], {
        'idempotency-key': 'k',
      })
      t.equal(status, 200)
    }
    const click = { event_id: 'u-1', customer_id: 'c-1', event_type: 'click', event_timestamp: TIME }
    t.equal((await post('/events/user_event', click)).status, 200)
    const partner = { partner_id: 'pa', customer_id: 'c-1', event_timestamp: TIME }
    const purchase = {
      ...partner,
      event_id: 'p-1',
      vehicle: VEHICLE,
      dealer_id: 'd',
      price: 2.5,
      currency: 'USD',
    }
    const cancellation = { ...partner, event_id: 'x-1', purchase_id: 'p-1', reason: 'late' }
    const lines = [
      { event_type: 'purchase', ...purchase },
      { event_type: 'cancellation', ...cancellation },
      { event_type: 'cancellation', ...cancellation, reason: '' },
    ]
    const ndjson = lines.map((line) => JSON.stringify(line)).join('\n')
    const partial = await post('/events?partial=true', ndjson, { 'content-type': 'application/x-ndjson' })
    t.match(partial.body, {
      taken: 2,
      rejected: [{ index: 2, problems: [{ path: '/reason', rule: 'minLength' }] }],
    })
    const event = new CloudEvent({ id: 'ce-9', source: '/s', type: 'page_view', data: { url: '/' } })
    const { headers, body } = HTTP.binary(event)
    t.equal((await post('/events', body, headers as Record<string, string>)).status, 200)
    t.equal((await post('/events', { event_type: 'never' }, { 'x-api-key': 'other' })).status, 401)
    // more than one small event: judged and published by a thread of its own
    const many = Array.from({ length: 300 }, (_, n) => ({ event_type: 'bulk', event_id: `b-${n}`, n }))
    t.match((await post('/events', many)).body, { taken: 300, rejected_count: 0 })
    const pack = async (content: object) => {
      const response = await fetch(`${gatewayUrl}/events`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: new Uint8Array(gzipSync(JSON.stringify(content))),
      })
      return (await response.json()) as object
    }
    const large = { event_type: 'bulk', event_id: 'large', text: 'y'.repeat(2_000_000) }
    t.match(await pack(large), { taken: 1, events: [{ event_id: 'large' }] })
    // each might become 10 MB: as many as Cloud Run sends at once have room all the same, one after the other
    const small = Array.from({ length: 80 }, (_, n) => pack({ event_type: 'bulk', event_id: `small-${n}` }))
    for (const answer of await Promise.all(small)) t.match(answer, { taken: 1 })
    const tooMany = await post('/events', `[${'{},'.repeat(300_000)}{}]`)
    t.match(tooMany, { status: 413, body: { code: 'TOO_MANY_EVENTS', statusCode: 413 } })

    await settled(pipeline)
    const query = (sql: string) => clients.query(sql)
    t.match(
      await query(`SELECT event_id, monto FROM ${DATASET}.auction_sales_deduplicated ORDER BY precio`),
      [
        { event_id: /^k\/[0-9a-f]{32}$/, monto: 241 },
        { event_id: /^k\/[0-9a-f]{32}$/, monto: 241 },
      ],
    )
    t.match(
      await query(`SELECT event_id, event_type, user_event_type FROM ${DATASET}.user_events_streaming`),
      [{ event_id: 'u-1', event_type: 'user_event', user_event_type: 'click' }],
    )
    t.match(await query(`SELECT event_id, vehicle.year AS year FROM ${DATASET}.staging_purchase`), [
      { event_id: 'p-1', year: 2024 },
    ])
    t.match(await query(`SELECT purchase_id, reason FROM ${DATASET}.staging_cancellation`), [
      { purchase_id: 'p-1', reason: 'late' },
    ])
    t.equal(await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.bulk`), 381)
    t.match(await query(`SELECT event_id, url FROM ${DATASET}.page_view`), [{ event_id: 'ce-9', url: '/' }])
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.dead_letters`), 0)
  },
)
