import { parsePolicies } from '@tablestream/contract'
import type { JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { encodeItem } from '../../src/row/encode-item.ts'
import { rowBytes } from '../../src/row/row-chunk.ts'
import { writeSchema, type StorageField } from '../../src/row/write-schema.ts'

const FIELDS: readonly StorageField[] = [
  { name: 'event_id', type: 'STRING' },
  { name: 'event_date', type: 'DATE' },
  { name: 'processed_timestamp', type: 'TIMESTAMP' },
  { name: '_unmapped', type: 'JSON' },
  { name: '_source', type: 'STRING' },
  { name: '_fingerprint', type: 'INT64' },
  { name: 'event_type', type: 'STRING' },
  { name: 'n', type: 'INT64' },
]

/** A table that somebody changed: the column has another type, or is gone. */
const changed = (name: string, type?: string) =>
  FIELDS.flatMap((field) => (field.name !== name ? [field] : type === undefined ? [] : [{ name, type }]))

const EVENT = { event_type: 'x', event_id: 'its own', event_date: '2026-01-02', n: 1 }

/** What becomes of an event: the text of its row, or why there is none. */
function encode(fields: readonly StorageField[], event: JsonObject = EVENT, last = false) {
  const schema = writeSchema(fields, { incarnation: 'i', upsert: false })
  const message = {
    data: Buffer.from(JSON.stringify(event)),
    attributes: {},
    messageId: '1',
    publishTime: '2026-01-01T00:00:00Z',
  }
  const envelope = {
    event,
    eventType: 'x',
    eventId: 'its own',
    source: '',
    eventDate: '2026-01-02',
    leftOver: {},
  }
  const facts = { day: 20_000, nowMs: 0, fingerprint: { low: 0, high: 0 }, message }
  const encoded = encodeItem(envelope, schema, parsePolicies('').of('x'), facts, { last })
  const isQuick = schema.bytePath('x')?.(message, message.data, 0, {} as never) !== undefined
  if (encoded.outcome === 'row') return { isQuick, row: rowBytes(encoded.row).toString('latin1') }
  return { isQuick, ...encoded }
}

t.test('an event is not written without the id and the day that it has', (t) => {
  t.match(encode(FIELDS), { isQuick: true, row: 'its own' })
  for (const name of ['event_id', 'event_date']) {
    t.match(encode(changed(name)), { isQuick: false, outcome: 'waits' }, `${name} comes again`)
    t.match(encode(changed(name), EVENT, true), { rejection: { reason: 'column_never_came' } })
  }
  t.match(encode(changed('event_id', 'INT64')), { isQuick: false, row: '{"/event_id":"its own"}' })
  t.match(encode(changed('event_date', 'STRING')), { isQuick: false, row: '{"/event_date":"2026-01-02"}' })
  t.end()
})

t.test('a value that no column takes is not lost where _unmapped has another type', (t) => {
  const fields = changed('_unmapped', 'STRING')
  t.match(encode(fields), { isQuick: true, row: 'its own' })
  t.match(encode(fields, { ...EVENT, n: 'text' }), {
    outcome: 'rejected',
    rejection: {
      reason: 'type_conflict',
      path: '/n',
      value: '"text"',
      message: 'the column holds INT64, and _unmapped is no JSON',
    },
  })
  t.end()
})
