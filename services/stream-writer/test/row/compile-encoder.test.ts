import fc from 'fast-check'
import {
  parseJson,
  plan,
  SYSTEM_COLUMNS,
  type Column,
  type JsonObject,
  rowDescriptor,
} from '@tablestream/table-schema'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import t from 'tap'
import { compileEncoder } from '../../src/row/compile-encoder.ts'
import { rowBytes } from '../../src/row/row-chunk.ts'

const fingerprint = { low: -1, high: -1 }
const envelope = {
  eventId: 'id-1',
  source: 'web',
  fingerprint,
  eventDay: 20_000,
  processedMicros: 1_700_000_000_000_000,
}
const parse = (json: string): JsonObject => parseJson(json) as JsonObject

/** Decodes a row with protobuf's own library, by the descriptor that BigQuery is sent. */
function decode(columns: readonly Column[], bytes: Uint8Array): Record<string, unknown> {
  const message = descriptor.DescriptorProto.fromObject(rowDescriptor(columns))
  const { fromDescriptor } = protobuf.Type as unknown as {
    fromDescriptor: (message: protobuf.Message, edition: string) => protobuf.Type
  }
  const type = fromDescriptor.call(protobuf.Type, message, 'proto2')
  new protobuf.Root().add(type).resolveAll()
  return type.toObject(type.decode(bytes), { longs: String })
}

function roundTrip(json: string): Record<string, unknown> {
  const event = parse(json)
  const { columns } = plan(undefined, event)
  const bytes = rowBytes(compileEncoder(columns)(event, envelope).row)
  return ownOf(decode(columns, bytes))
}

/** Without the system columns. */
function ownOf(row: Record<string, unknown>): Record<string, unknown> {
  const system = new Set(SYSTEM_COLUMNS.map(({ name }) => name))
  return Object.fromEntries(Object.entries(row).filter(([name]) => !system.has(name)))
}

t.test('each type is written as BigQuery wants it', (t) => {
  const cases: [json: string, row: object][] = [
    ['{"a":true,"b":false}', { a: true, b: false }],
    [
      '{"a":-1,"b":9223372036854775807,"c":-9223372036854775808}',
      { a: '-1', b: '9223372036854775807', c: '-9223372036854775808' },
    ],
    ['{"a":1.5,"b":-0.1}', { a: 1.5, b: -0.1 }],
    ['{"a":"ü","b":""}', { a: 'ü', b: '' }],
    ['{"a":"1970-01-02"}', { a: 1 }],
    ['{"a":"1969-12-31"}', { a: -1 }],
    ['{"a":"1970-01-01T00:00:01Z"}', { a: '1000000' }],
    ['{"a":"9999-12-31T23:59:59.999999Z"}', { a: '253402300799999999' }],
    ['{"a":[1,[2],9007199254740993]}', { a: '[1,[2],9007199254740993]' }],
    ['{"a":{"b":[{"c":1},{},{"c":2}]}}', { a: { b: [{ c: '1' }, {}, { c: '2' }] } }],
    [`{"a":{"b":"${'x'.repeat(300)}"}}`, { a: { b: 'x'.repeat(300) } }],
    [`{"a":{"b":{"c":"${'x'.repeat(20_000)}"}}}`, { a: { b: { c: 'x'.repeat(20_000) } } }],
  ]
  for (const [json, row] of cases) t.same(roundTrip(json), row, json.slice(0, 60))
  t.end()
})

t.test('the envelope is written, and the event’s own event_id is not', (t) => {
  const event = parse('{"event_id":"other","event_date":"2000-01-01","x":1}')
  const { columns } = plan(undefined, event)
  const { row, complete } = compileEncoder(columns)(event, { ...envelope, unmapped: '{"/y":1}' })
  t.same(decode(columns, rowBytes(row)), {
    x: '1',
    event_id: 'id-1',
    event_date: 20_000,
    processed_timestamp: '1700000000000000',
    _unmapped: '{"/y":1}',
    _source: 'web',
    _fingerprint: '-1',
  })
  t.ok(complete)
  t.end()
})

t.test('what finds no place is left out, and said', (t) => {
  const { columns } = plan(undefined, parse('{"n":1,"s":"x","l":[1],"r":[{"a":1}]}'))
  const encode = compileEncoder(columns)
  const cases: [json: string, row: object, complete: boolean][] = [
    ['{"n":"x","s":"kept"}', { s: 'kept' }, false],
    ['{"n":1.5}', {}, false],
    ['{"new":1}', {}, false],
    ['{"l":[1,"x"]}', {}, false],
    ['{"l":[1,null]}', {}, false],
    ['{"r":[{"a":1},{"a":"x"}]}', { r: [{ a: '1' }, {}] }, false],
    ['{"r":[{"a":1},5]}', {}, false],
    ['{"n":null,"new":null,"s":{},"l":[],"r":{}}', {}, true],
  ]
  for (const [json, wanted, complete] of cases) {
    const encoded = encode(parse(json), envelope)
    t.same(ownOf(decode(columns, rowBytes(encoded.row))), wanted, json)
    t.equal(encoded.complete, complete, json)
  }
  t.end()
})

t.test('every fingerprint is written as the number that it is', (t) => {
  const { columns } = plan(undefined, parse('{"x":1}'))
  const encode = compileEncoder(columns)
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger().map(BigInt)),
        (value) => {
          const low = Number(BigInt.asIntN(32, value))
          const high = Number(BigInt.asIntN(32, value >> 32n))
          const { row } = encode(parse('{"x":1}'), { ...envelope, fingerprint: { low, high } })
          return (decode(columns, rowBytes(row))['_fingerprint'] ?? '0') === String(value)
        },
      ),
    ),
  )
  t.end()
})
