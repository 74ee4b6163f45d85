import assert from 'node:assert/strict'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { LineWriter } from '../../src/bigquery/table/line-writer.ts'
import type { Field } from '../../src/bigquery/values/fields.ts'
import { compileByteRows } from '../../src/storage-write/byte-rows.ts'
import { compileRowReader } from '../../src/storage-write/proto-rows.ts'

const FIELDS: readonly Field[] = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
  { name: 'x', type: 'FLOAT' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'day', type: 'DATE' },
  { name: 'j', type: 'JSON' },
  { name: 'amount', type: 'NUMERIC' },
  { name: 'raw', type: 'BYTES' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'sku', type: 'STRING' },
      { name: 'counts', type: 'INTEGER', mode: 'REPEATED' },
    ],
  },
]
const TYPES: Readonly<Record<string, string>> = {
  STRING: 'string',
  INTEGER: 'int64',
  FLOAT: 'double',
  BOOLEAN: 'bool',
  TIMESTAMP: 'int64',
  DATE: 'int32',
  JSON: 'string',
  NUMERIC: 'string',
  BYTES: 'bytes',
}

function messageOf(name: string, fields: readonly Field[]): protobuf.Type {
  const type = new protobuf.Type(name)
  fields.forEach((field, index) => {
    if (field.fields) type.add(messageOf(`${field.name}Record`, field.fields))
    const rule = field.mode === 'REPEATED' ? 'repeated' : 'optional'
    const kind = field.fields ? `${field.name}Record` : TYPES[field.type]!
    // proto2 packs no numbers
    type.add(new protobuf.Field(field.name, index + 1, kind, rule, undefined, { packed: false }))
  })
  return type
}

const type = messageOf('Row', FIELDS)
new protobuf.Root().add(type).resolveAll()
const asDescriptor = (type as unknown as { toDescriptor(edition: string): object }).toDescriptor('proto2')
const protoDescriptor = descriptor.DescriptorProto.toObject(asDescriptor as never, { enums: String })
const writeBytes = compileByteRows(type, FIELDS, ({ name }) => name)!
const ANY_DAY = { oldest: -Infinity, newest: Infinity, check: () => {} }

/** What the reader that decodes into objects gives. */
function decoded(row: Buffer): unknown {
  // a field of a rare type keeps the fast way out
  const rare = [...FIELDS, { name: 'unused', type: 'TIMESTAMP' }]
  const withRare = { ...protoDescriptor, field: [...(protoDescriptor as { field: object[] }).field, UNUSED] }
  const to = new LineWriter()
  compileRowReader(withRare, rare, []).write(row, to, ANY_DAY)
  return JSON.parse(to.take().bytes.toString())
}
const UNUSED = { name: 'unused', number: 99, label: 1, type: 4 }

const text = fc.string({ unit: 'binary' })
const rowOf = fc.record(
  {
    id: text,
    n: fc
      .oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.maxSafeNat().map(BigInt),
        fc.nat().map(BigInt),
      )
      .map(String),
    x: fc.double(),
    b: fc.boolean(),
    at: fc
      .oneof(
        fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }),
        fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n }),
      )
      .map(String),
    day: fc.oneof(fc.integer({ min: -719_162, max: 2_932_896 }), fc.nat(2_932_896)),
    j: fc.json(),
    amount: fc.integer().map(String),
    raw: fc.uint8Array(),
    tags: fc.array(text),
    items: fc.array(fc.record({ sku: text, counts: fc.array(fc.nat().map(String)) }, { requiredKeys: [] })),
  },
  { requiredKeys: ['id'] },
)

t.test('a row by its bytes is the row that decoding gives', (t) => {
  let fast = 0
  const property = fc.property(rowOf, (row) => {
    const bytes = Buffer.from(type.encode(type.fromObject(row)).finish())
    const to = new LineWriter()
    const isPlain = writeBytes(bytes, to, ANY_DAY)
    if (!isPlain) return
    fast++
    to.endLine()
    const line = to.take().bytes.toString()
    assert.doesNotMatch(line, /[\r\n]/)
    assert.deepEqual(JSON.parse(line), decoded(bytes))
  })
  fc.assert(property, { numRuns: cases(500) })
  t.ok(fast > cases(500) / 5, `${fast} of ${cases(500)} rows went by their bytes`)
  t.end()
})

t.test('bytes that are no such row are left to the reader that explains them', (t) => {
  const good = Buffer.from(type.encode(type.fromObject({ id: 'a', n: '1', items: [{ sku: 'b' }] })).finish())
  const property = fc.property(fc.nat(good.length - 1), fc.nat(255), (place, byte) => {
    const broken = Buffer.from(good)
    broken[place] = byte
    const to = new LineWriter()
    if (!writeBytes(broken, to, ANY_DAY)) return
    to.endLine()
    assert.deepEqual(JSON.parse(to.take().bytes.toString()), decoded(broken))
  })
  fc.assert(property, { numRuns: cases(1000) })
  for (let length = 1; length < good.length; length++) {
    const to = new LineWriter()
    if (!writeBytes(good.subarray(0, length), to, ANY_DAY)) continue
    to.endLine()
    t.same(JSON.parse(to.take().bytes.toString()), decoded(good.subarray(0, length)))
  }
  t.notOk(writeBytes(Buffer.alloc(0), new LineWriter(), ANY_DAY), 'a required field is missing')
  t.end()
})

t.test('a row whose day is out of range is left to the reader that explains it', (t) => {
  const writeDays = compileByteRows(type, FIELDS, ({ name }) => name, 'DAY')!
  const of = (row: object) => Buffer.from(type.encode(row).finish())
  const days = { oldest: 100, newest: 200 }
  const isPlain = (row: object) => writeDays(of(row), new LineWriter(), days)
  t.ok(isPlain({ id: 'a', day: 100 }))
  t.ok(isPlain({ id: 'a', day: 200 }))
  t.notOk(isPlain({ id: 'a', day: 99 }))
  t.notOk(isPlain({ id: 'a', day: 201 }))
  t.ok(isPlain({ id: 'a' }), 'none at all')
  t.end()
})
