import assert from 'node:assert/strict'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import t from 'tap'
import { typeOfDescriptor } from '../../src/storage-write/message-type.ts'

const SCALARS = ['TYPE_STRING', 'TYPE_INT64', 'TYPE_DOUBLE', 'TYPE_BOOL', 'TYPE_BYTES', 'TYPE_INT32']
const LABELS = ['LABEL_OPTIONAL', 'LABEL_REPEATED']

/** As protobufjs itself builds it. */
function builtIn(message: object): protobuf.Type {
  const { fromDescriptor } = protobuf.Type as unknown as {
    fromDescriptor: (message: object, edition: string) => protobuf.Type
  }
  const type = fromDescriptor.call(protobuf.Type, descriptor.DescriptorProto.fromObject(message), 'proto2')
  new protobuf.Root().add(type).resolveAll()
  return type
}

const scalar = (index: number) =>
  fc.record({
    name: fc.constant(`f${index}`),
    number: fc.constant(index + 1),
    type: fc.constantFrom(...SCALARS),
    label: fc.constantFrom(...LABELS),
  })
const fieldsOf = (count: number) => fc.tuple(...Array.from({ length: count }, (_, index) => scalar(index)))
const nested = fc
  .integer({ min: 1, max: 5 })
  .chain(fieldsOf)
  .map((field) => ({ name: 'Nested', field }))
const messages = fc
  .tuple(fc.integer({ min: 1, max: 8 }).chain(fieldsOf), nested, fc.constantFrom(...LABELS))
  .map(([field, inner, label]) => ({
    name: 'Row',
    nestedType: [inner],
    field: [...field, { name: 'inner', number: 100, type: 'TYPE_MESSAGE', typeName: 'Nested', label }],
  }))

t.test('a message is the one that protobufjs builds, field by field', (t) => {
  const shapeOf = (type: protobuf.Type): unknown =>
    type.fieldsArray.map(({ name, id, type: kind, repeated, resolvedType }) => [
      name,
      id,
      kind,
      repeated,
      resolvedType instanceof protobuf.Type && shapeOf(resolvedType),
    ])
  fc.assert(
    fc.property(messages, (message) => {
      const type = typeOfDescriptor(message)
      assert.deepEqual(shapeOf(type), shapeOf(builtIn(message)))
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('two fields with one number, or with one name, are refused', (t) => {
  const field = { name: 'a', number: 1, type: 'TYPE_STRING', label: 'LABEL_OPTIONAL' }
  const refused = (other: object) => () =>
    typeOfDescriptor({ name: 'Row', field: [field, { ...field, ...other }] })
  t.throws(refused({ name: 'b' }), { message: /Invalid proto schema: duplicate id 1/ })
  t.throws(refused({ number: 2 }), { message: /Invalid proto schema: duplicate name 'a'/ })
  t.end()
})

t.test('members of a oneof are found in it, and a required field may be missing', (t) => {
  const field = { number: 1, type: 'TYPE_STRING', label: 'LABEL_REQUIRED' }
  const type = typeOfDescriptor({ name: 'Row', field: [{ name: 'a', ...field }] })
  t.same(type.toObject(type.decode(Buffer.alloc(0))), {})
  const withOneof = typeOfDescriptor({
    name: 'Row',
    oneofDecl: [{ name: 'one' }],
    field: [{ name: 'a', ...field, label: 'LABEL_OPTIONAL', oneofIndex: 0 }],
  })
  t.equal(withOneof.fields['a']!.partOf?.name, 'one')
  t.end()
})
