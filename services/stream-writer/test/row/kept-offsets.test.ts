import { parsePolicies } from '@tablestream/contract'
import { offsetsOf, parseJson, plan, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { encodeItem } from '../../src/row/encode-item.ts'
import { rowBytes } from '../../src/row/row-chunk.ts'
import { writeSchema } from '../../src/row/write-schema.ts'

const EVENT = parseJson(
  '{"at":"2026-01-01T00:00:00+05:30","utc":"2026-01-01T00:00:00Z","s":"x","r":{"a/b":"2026-01-01T00:00:00-08:00"},"l":[{"at":"2026-01-01T00:00:00+00:00"},{"at":"2026-01-01T00:00:00+01:00"}]}',
) as JsonObject

t.test('timestamps with another offset than that of UTC are told by their paths', (t) => {
  t.same(offsetsOf(plan(undefined, EVENT).columns, EVENT), [
    { path: '/at', value: '2026-01-01T00:00:00+05:30' },
    { path: '/r/a~1b', value: '2026-01-01T00:00:00-08:00' },
    { path: '/l/1/at', value: '2026-01-01T00:00:00+01:00' },
  ])
  const text = plan(undefined, parseJson('{"at":"soon"}') as JsonObject).columns
  t.same(
    offsetsOf(text, parseJson('{"at":"2026-01-01T00:00:00+05:30"}') as JsonObject),
    [],
    'STRING keeps its text',
  )
  t.end()
})

t.test('they are in _unmapped where the policy says so, beside the instant in the column', (t) => {
  const fields = [
    { name: 'at', type: 'TIMESTAMP' },
    { name: '_unmapped', type: 'JSON' },
    { name: 'event_id', type: 'STRING' },
    { name: 'event_date', type: 'DATE' },
    { name: 'processed_timestamp', type: 'TIMESTAMP' },
    { name: '_source', type: 'STRING' },
    { name: '_fingerprint', type: 'INT64' },
  ]
  const schema = writeSchema(fields, { incarnation: 'i', upsert: false })
  const event = { at: '2026-01-01T00:00:00+05:30' }
  const envelope = { event, eventType: 'x', eventId: 'e', source: '', eventDate: '2026-01-01', leftOver: {} }
  const message = {
    data: Buffer.alloc(0),
    attributes: {},
    messageId: '1',
    publishTime: '2026-01-01T00:00:00Z',
  }
  const facts = { day: 20_000, nowMs: 0, fingerprint: { low: 0, high: 0 }, message }
  const rowWith = (policies: string): string => {
    const encoded = encodeItem(envelope, schema, parsePolicies(policies).of('x'), facts)
    return encoded.outcome === 'row' ? rowBytes(encoded.row).toString('latin1') : encoded.outcome
  }
  t.match(rowWith('{"x":{"offsets":"keep"}}'), '{"/at":"2026-01-01T00:00:00+05:30"}')
  t.notMatch(rowWith(''), '+05:30')
  t.end()
})
