import assert from 'node:assert/strict'
import { rowDescriptor } from '@tablestream/table-schema'
import bigqueryStorage from '@google-cloud/bigquery-storage'
import fc from 'fast-check'
import t from 'tap'
import { destinationOf, encodeAppendRequest } from '../../src/append/append-request.ts'
import { rowOf } from '../row/row-of.ts'

const { AppendRowsRequest } = bigqueryStorage.protos.google.cloud.bigquery.storage.v1
const serialize = (request: object) =>
  Buffer.from(AppendRowsRequest.encode(AppendRowsRequest.fromObject(request)).finish())
const rowsOf = (bytes: Buffer) => AppendRowsRequest.decode(bytes).protoRows?.rows?.serializedRows ?? []
const destination = destinationOf('s', rowDescriptor([]), serialize)

t.test('Google’s own code reads the rows that were sent', (t) => {
  const lengths = fc.array(
    fc.oneof(fc.nat(300), fc.nat(40_000), fc.constantFrom(0, 127, 128, 16_383, 16_384)),
    { maxLength: 50 },
  )
  fc.assert(
    fc.property(lengths, fc.boolean(), fc.boolean(), (all, named, withSchema) => {
      const rows = all.map((length, index) => Buffer.alloc(length, index))
      const request = { rows: rows.map(rowOf), destination, named, withSchema }
      const read = rowsOf(encodeAppendRequest(request)).map((row) => Buffer.from(row))
      assert.ok(read.length === rows.length && rows.every((row, index) => row.equals(read[index]!)))
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('the first request says where to and in which form', (t) => {
  const rows = [rowOf('a')]
  const first = { rows, destination, named: true, withSchema: true }
  const request = AppendRowsRequest.decode(encodeAppendRequest(first))
  t.match(request, { writeStream: 's', traceId: 'tablestream' })
  t.same(Buffer.from(request.protoRows?.rows?.serializedRows?.[0] ?? ''), Buffer.from('a'))
  t.equal(request.protoRows?.writerSchema?.protoDescriptor?.name, 'Row')
  const next = AppendRowsRequest.decode(
    encodeAppendRequest({ rows, destination, named: false, withSchema: false }),
  )
  t.equal(next.writeStream, '')
  t.notOk(next.protoRows?.writerSchema)
  t.end()
})

t.test('small requests that are under way hold no more memory than they need', (t) => {
  const requests = Array.from({ length: 20 }, () => ({
    rows: [rowOf('x'.repeat(10_000))],
    destination,
    named: true,
    withSchema: true,
  }))
  for (const request of requests) t.ok(encodeAppendRequest(request).buffer.byteLength < 100_000)
  t.end()
})
