import t, { type Test } from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import type { EventAnswer } from '../../src/api/event.ts'
import type { RawAnswer, Warehouse } from '../../src/bigquery/warehouse.ts'
import { build, fakeWarehouse } from '../build.ts'

interface Published {
  readonly id: string
  readonly time: string
  /** Its bytes. */
  readonly text: string
}

interface Landed {
  readonly day: string
  readonly processed: string
  /** The bytes that it was made of. */
  readonly text: string
}

const event = (change: object = {}) => JSON.stringify({ event_type: 'visit', event_id: 'e', ...change })
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 12) + seconds * 1000).toISOString()
const answerOf = (rows: readonly object[]): RawAnswer => ({
  fields: [],
  rows: rows as RawAnswer['rows'],
  totalRows: rows.length,
  bytesRead: 0,
})

/** A table `visit` with one row, and the record of messages, as far as the console asks for them. Fingerprints are the bytes. */
function warehouseOf(messages: readonly Published[], landed: Landed, isUpserted: boolean): Warehouse {
  const record = (params: Readonly<Record<string, unknown>>) => {
    const values = Object.entries(params)
    const isWithin = (time: string) =>
      params['from0'] === undefined ||
      values.some(
        ([name, from]) =>
          /^from\d$/.test(name) &&
          time >= (from as string) &&
          time <= (params[name.replace('from', 'until')] as string),
      )
    // an id, a fingerprint, or the bytes
    const isMeant = ({ id, text }: Published) =>
      values.some(
        ([name, value]) =>
          !/^(from|until)/.test(name) &&
          (value === id || value === text || value === Buffer.from(text).toString('base64')),
      )
    return messages.filter((message) => isMeant(message) && isWithin(message.time))
  }
  const row = {
    event_id: 'e',
    event_date: landed.day,
    processed_timestamp: landed.processed,
    fingerprint_of_console: landed.text,
  }
  return {
    ...fakeWarehouse().warehouse,
    query: async ({ sql, params = {} }) => {
      if (sql.includes('fingerprint_of_console'))
        return answerOf((params['day'] ?? landed.day) === landed.day ? [row] : [])
      if (sql.includes('published_messages'))
        return answerOf(
          record(params).map(({ id, time, text }) => ({
            message_id: id,
            publish_time: time,
            data: Buffer.from(text).toString('base64'),
            attributes: '{"ce-source":"/s"}',
            fingerprint: text,
          })),
        )
      return answerOf([])
    },
    table: async () => ({
      schema: {
        fields: [
          { name: 'event_id', type: 'STRING' },
          { name: 'event_date', type: 'DATE' },
          { name: 'processed_timestamp', type: 'TIMESTAMP' },
          { name: '_source', type: 'STRING' },
          { name: '_fingerprint', type: 'INTEGER' },
        ],
      },
      ...(isUpserted && { tableConstraints: { primaryKey: { columns: ['_source', 'event_id'] } } }),
    }),
  }
}

async function endsOf(t: Test, id: string, warehouse: Warehouse, figures?: string) {
  const { app } = await build(t, {
    warehouse,
    now: () => Date.parse(at(3600)),
    ...(figures !== undefined && {
      settings: { metrics: [{ name: 'stream-writer', url: 'http://w' }] },
      ask: async () => new Response(figures),
    }),
  })
  // the writers are asked from the start
  const isAsked = async () =>
    (await app.inject('/api/flow')).json<{ services: unknown[] }>().services.length > 0
  if (figures !== undefined)
    await poll(async () => (await isAsked()) || undefined, { timeoutMs: 60_000, what: 'figures' })
  const answer = await app.inject(`/api/events/${id}`)
  t.equal(answer.statusCode, 200, answer.body)
  const [story] = answer.json<EventAnswer>().events
  const ends = Object.fromEntries(story!.messages.map((message) => [message.message_id, message.end]))
  return { ends, seconds: story!.rows.map((row) => row.seconds) }
}

t.test('a message that was published long after the row of its event is a duplicate', async (t) => {
  const text = event()
  const messages = [
    { id: '1', time: at(0), text },
    { id: '2', time: at(60), text },
  ]
  const warehouse = warehouseOf(messages, { day: '2026-01-02', processed: at(2), text }, false)
  t.same(await endsOf(t, '2', warehouse), { ends: { 1: 'landed', 2: 'duplicate' }, seconds: [2] })
  t.same(await endsOf(t, '1', warehouse), { ends: { 1: 'landed' }, seconds: [2] })
})

t.test('of two messages of one moment the first made the row, whichever is asked for', async (t) => {
  const text = event()
  const messages = [
    { id: '9', time: at(0), text },
    { id: '10', time: at(0), text },
  ]
  const warehouse = warehouseOf(messages, { day: '2026-01-02', processed: at(2), text }, false)
  for (const id of ['9', '10'])
    t.same((await endsOf(t, id, warehouse)).ends, { 9: 'landed', 10: 'duplicate' })
})

t.test('where nobody knows what made the row, nobody says how long it took', async (t) => {
  const text = event()
  const warehouse = warehouseOf(
    [{ id: '2', time: at(60), text }],
    { day: '2026-01-02', processed: at(2), text },
    false,
  )
  t.same(await endsOf(t, '2', warehouse), { ends: { 2: 'duplicate' }, seconds: [null] })
})

t.test(
  'an event is replaced by a newer one with its id alone, and only where rows replace rows',
  async (t) => {
    const [old, young] = [event({ n: 1, timestamp: at(-86_400) }), event({ n: 2, timestamp: at(0) })]
    const messages = [
      { id: '1', time: at(0), text: old },
      { id: '2', time: at(1), text: young },
    ]
    const row = (text: string) => ({ day: '2026-01-02', processed: at(3), text })
    const end = async (id: string, landed: Landed, isUpserted: boolean) =>
      (await endsOf(t, id, warehouseOf(messages, landed, isUpserted))).ends[id]
    t.equal(await end('1', row(young), true), 'replaced', 'by a row of another day')
    t.equal(await end('2', row(young), true), 'landed')
    t.equal(await end('2', row(old), true), 'missing', 'an older one does not replace it')
    t.equal(await end('1', row(young), false), 'missing', 'a row of another event is not its own')
  },
)

t.test('a message without an end waits where the writers tell that events of its table wait', async (t) => {
  const text = event()
  const other = { day: '2026-01-02', processed: at(3), text: event({ n: 2 }) }
  const warehouse = warehouseOf([{ id: '1', time: at(0), text }], other, false)
  const figures = (table: string) => `tablestream_events_parked{table="${table}"} 1`
  t.same((await endsOf(t, '1', warehouse, figures('visit'))).ends, { 1: 'waiting' })
  t.same((await endsOf(t, '1', warehouse, figures('orders'))).ends, { 1: 'missing' })
})
