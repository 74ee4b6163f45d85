import {
  column,
  dateDays,
  parseJson,
  timestampMicros,
  type Column,
  type JsonObject,
  type RowDescriptor,
} from '@tablestream/table-schema'
import protobuf from 'protobufjs'
import t from 'tap'
import { protoRows } from '../../src/row/proto-rows.ts'
import { compileRowText } from '../../src/row/row-text.ts'

const NAMES: Readonly<Record<string, string>> = {
  TYPE_BOOL: 'bool',
  TYPE_DOUBLE: 'double',
  TYPE_INT32: 'int32',
  TYPE_INT64: 'int64',
  TYPE_STRING: 'string',
}

/** The message as a general decoder reads it. */
function decode(descriptor: RowDescriptor, bytes: Uint8Array): object {
  const typeOf = ({ name, field, nestedType }: RowDescriptor): protobuf.Type => {
    const type = new protobuf.Type(name)
    for (const nested of nestedType) type.add(typeOf(nested))
    for (const each of field) {
      const rule = each.label === 'LABEL_REPEATED' ? 'repeated' : 'optional'
      type.add(new protobuf.Field(each.name, each.number, each.typeName ?? NAMES[each.type]!, rule))
    }
    return type
  }
  const type = typeOf(descriptor)
  new protobuf.Root().add(type)
  return type.toObject(type.decode(bytes), { longs: String })
}

const COLUMNS: readonly Column[] = [
  column('event_id', 'STRING'),
  column('whole', 'INT64'),
  column('part', 'FLOAT64'),
  column('money', 'NUMERIC'),
  column('is_new', 'BOOL'),
  column('day', 'DATE'),
  column('at', 'TIMESTAMP'),
  column('clock', 'TIME'),
  column('any', 'JSON'),
  column('numbers', 'INT64', { mode: 'REPEATED' }),
  column('place', 'GEOGRAPHY'),
  column('items', 'RECORD', {
    mode: 'REPEATED',
    fields: [column('price', 'FLOAT64'), column('tags', 'STRING', { mode: 'REPEATED' })],
  }),
]

t.test('a row as a line has it is the message that its descriptor describes, to the last digit', (t) => {
  const event =
    parseJson(`{"whole":-9223372036854775808,"part":1.5e300,"money":12345678.123456789,"is_new":false,
    "day":"1969-12-31","at":"2026-03-04T05:06:07.123456+02:00","clock":"10:11:12","any":{"n":[1,18446744073709551615,null]},
    "numbers":[0,9007199254740993],"items":[{"price":1.5,"tags":["é",""]},{"price":0}]}`) as JsonObject
  const { members, complete } = compileRowText(COLUMNS)(event)
  t.ok(complete)
  const { descriptor, encode } = protoRows(COLUMNS)
  const row = parseJson(`{"event_id":"e","_load_place":7,${members}}`) as JsonObject
  t.same(decode(descriptor, encode(row)), {
    event_id: 'e',
    whole: '-9223372036854775808',
    part: 1.5e300,
    money: '12345678.123456789',
    is_new: false,
    day: dateDays('1969-12-31'),
    at: String(timestampMicros('2026-03-04T03:06:07.123456Z')),
    clock: '10:11:12',
    any: '{"n":[1,18446744073709551615,null]}',
    numbers: ['0', '9007199254740993'],
    items: [{ price: 1.5, tags: ['é', ''] }, { price: 0 }],
  })
  t.end()
})

t.test('what no row has is no field', (t) => {
  const { descriptor, encode } = protoRows(COLUMNS)
  t.notOk(descriptor.field.some(({ name }) => name === 'place'))
  t.same(decode(descriptor, encode({ event_id: null, numbers: null, unknown: 1 })), {})
  t.end()
})
