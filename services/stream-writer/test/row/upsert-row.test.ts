import { judge, parsePolicies, type Envelope } from '@tablestream/contract'
import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import t from 'tap'
import { encodeItem } from '../../src/row/encode-item.ts'
import { newRow, rowBytes, type RowPlace } from '../../src/row/row-chunk.ts'
import { writeSchema } from '../../src/row/write-schema.ts'

const FIELDS = [...SYSTEM_COLUMNS, { name: 'event_type', type: 'STRING' }, { name: 'n', type: 'INT64' }]
const message = {
  data: Buffer.from('{"event_type":"x","event_id":"a","n":7}'),
  attributes: {},
  messageId: '4096',
  publishTime: '1970-01-01T00:00:01.000Z',
}

function rowsOf(upsert: boolean) {
  const schema = writeSchema(FIELDS, { incarnation: 'x 1', upsert })
  const policy = parsePolicies(upsert ? '{"x":{"duplicates":"upsert"}}' : '').of('x')
  const type = (
    protobuf.Type as unknown as { fromDescriptor: (message: object, edition: string) => protobuf.Type }
  ).fromDescriptor(descriptor.DescriptorProto.fromObject(schema.descriptor), 'proto2')
  new protobuf.Root().add(type).resolveAll()
  const decode = (row: RowPlace) => type.toObject(type.decode(rowBytes(row)), { longs: String })
  const fast = { ...newRow(), low: 0, high: 0 }
  t.ok(schema.bytePath('x')!(message, message.data, 1000, fast))
  const facts = { day: 0, nowMs: 1, fingerprint: fast, message }
  const slow = encodeItem(judge(message) as Envelope, schema, policy, facts)
  return [decode(fast), decode((slow as { row: RowPlace }).row)]
}

t.test('a row that takes the place of others says which one is the newer, whichever way it was made', (t) => {
  for (const row of rowsOf(true))
    t.match(row, { n: '7', _CHANGE_TYPE: 'UPSERT', _CHANGE_SEQUENCE_NUMBER: '3e8/1000' })
  for (const row of rowsOf(false)) t.notMatch(Object.keys(row).join(), /_CHANGE/)
  t.end()
})
