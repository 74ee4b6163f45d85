import bigqueryStorage from '@google-cloud/bigquery-storage'
import fc from 'fast-check'
import t from 'tap'
import { encodeAppendRequest } from '../../src/append/append-request.ts'
import { rowDescriptor } from '../../src/encoder/descriptor.ts'
import { rowOf } from '../row-of.ts'

const { AppendRowsRequest } = bigqueryStorage.protos.google.cloud.bigquery.storage.v1
const serialize = (request: object) =>
  Buffer.from(AppendRowsRequest.encode(AppendRowsRequest.fromObject(request)).finish())
const rowsOf = (bytes: Buffer) => AppendRowsRequest.decode(bytes).protoRows?.rows?.serializedRows ?? []

t.test('Google’s own code reads the rows that were sent', (t) => {
  const lengths = fc.array(
    fc.oneof(fc.nat(300), fc.nat(40_000), fc.constantFrom(0, 127, 128, 16_383, 16_384)),
    { maxLength: 50 },
  )
  fc.assert(
    fc.property(lengths, (all) => {
      const rows = all.map((length, index) => Buffer.alloc(length, index))
      const read = rowsOf(encodeAppendRequest({ rows: rows.map(rowOf) }, serialize)).map((row) =>
        Buffer.from(row),
      )
      t.ok(read.length === rows.length && rows.every((row, index) => row.equals(read[index]!)))
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('the first request says where to and in which form', (t) => {
  const opening = { writeStream: 's', traceId: 'x', descriptor: rowDescriptor([]) }
  const request = AppendRowsRequest.decode(encodeAppendRequest({ rows: [rowOf('a')], opening }, serialize))
  t.match(request, { writeStream: 's', traceId: 'x' })
  t.same(Buffer.from(request.protoRows?.rows?.serializedRows?.[0] ?? ''), Buffer.from('a'))
  t.equal(request.protoRows?.writerSchema?.protoDescriptor?.name, 'Row')
  t.end()
})
