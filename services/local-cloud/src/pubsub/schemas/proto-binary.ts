import { isUtf8 } from 'node:buffer'
import protobuf from 'protobufjs'

const LENGTH = 2

/**
 * The library reads a field as its type has it, whatever its wire type says: that is looked at here. Fields that the
 * message does not know are skipped, as protobuf has it.
 *
 * @throws Error that names the field
 */
export function checkProtoBinary(type: protobuf.Type, data: Uint8Array, path = ''): void {
  const reader = protobuf.Reader.create(data)
  const seen = new Set<number>()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const id = tag >>> 3
    const wireType = tag & 7
    const field = type.fieldsById[id]
    if (id === 0) throw new Error('field number 0')
    if (!field) {
      reader.skipType(wireType)
      continue
    }
    seen.add(id)
    const expected = wireTypeOf(field)
    const packed =
      wireType === LENGTH && field.repeated && expected !== LENGTH && !(field instanceof protobuf.MapField)
    if (wireType !== expected && !packed)
      throw new Error(`the field ${path}${field.name} has wire type ${wireType}, not ${expected}`)
    if (wireType !== LENGTH) {
      reader.skipType(wireType)
      continue
    }
    const bytes = reader.bytes()
    if (field.type === 'string' && !(field instanceof protobuf.MapField) && !isUtf8(bytes))
      throw new Error(`the field ${path}${field.name} is not UTF-8`)
    if (field.resolvedType instanceof protobuf.Type && !(field instanceof protobuf.MapField))
      checkProtoBinary(field.resolvedType, bytes, `${path}${field.name}.`)
  }
  const missing = type.fieldsArray.find((field) => field.required && !seen.has(field.id))
  if (missing) throw new Error(`the field ${path}${missing.name} is missing`)
}

function wireTypeOf(field: protobuf.Field): number {
  if (field instanceof protobuf.MapField) return LENGTH
  if (field.resolvedType instanceof protobuf.Enum) return 0
  // a message, where it is no scalar; `group` of proto2 is not written any more
  return (protobuf.types.basic as Readonly<Record<string, number>>)[field.type] ?? LENGTH
}
