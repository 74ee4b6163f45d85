import protobuf from 'protobufjs'
import { checkScalar } from './proto-json-scalar.ts'

/**
 * protobuf.dev/programming-guides/json, as a parser that takes no unknown field.
 *
 * @throws Error that names path and value
 */
export function checkProtoJson(type: protobuf.Type, value: unknown, path: string): void {
  if (!isObject(value)) throw new Error(`${path || 'the message'} is no object: ${text(value)}`)
  const fields = new Map(
    type.fieldsArray.flatMap(
      (field) =>
        [
          [field.name, field],
          [jsonName(field), field],
        ] as const,
    ),
  )
  const given = new Map<protobuf.Field, string>()
  for (const [name, item] of Object.entries(value)) {
    const field = fields.get(name)
    if (!field) throw new Error(`there is no field ${path}${name}`)
    if (item === null) continue
    const sibling = field.partOf?.fieldsArray.find((other) => given.has(other))
    if (given.has(field)) throw new Error(`the field ${path}${name} is there twice`)
    if (sibling) throw new Error(`only one of ${path}${sibling.name} and ${path}${name} can be there`)
    given.set(field, name)
    checkField(field, item, `${path}${name}`)
  }
  const missing = type.fieldsArray.find((field) => field.required && !given.has(field))
  if (missing) throw new Error(`the field ${path}${missing.name} is missing`)
}

function checkField(field: protobuf.Field, value: unknown, path: string): void {
  if (field instanceof protobuf.MapField) {
    if (!isObject(value)) throw new Error(`${path} is no object: ${text(value)}`)
    for (const [key, item] of Object.entries(value)) {
      checkScalar(
        field.keyType,
        field.keyType === 'bool' ? key === 'true' || (key !== 'false' && key) : key,
        path,
      )
      checkValue(field, item, `${path}.${key}`)
    }
  } else if (field.repeated) {
    if (!Array.isArray(value)) throw new Error(`${path} is no array: ${text(value)}`)
    value.forEach((item, index) => checkValue(field, item, `${path}[${index}]`))
  } else checkValue(field, value, path)
}

function checkValue({ resolvedType, type }: protobuf.Field, value: unknown, path: string): void {
  if (resolvedType instanceof protobuf.Type) checkProtoJson(resolvedType, value, `${path}.`)
  else if (resolvedType instanceof protobuf.Enum) checkEnum(resolvedType, value, path)
  else checkScalar(type, value, path)
}

function checkEnum({ name, values }: protobuf.Enum, value: unknown, path: string): void {
  const known = typeof value === 'string' ? Object.hasOwn(values, value) : Number.isInteger(value)
  if (!known) throw new Error(`${path} is none of ${name}: ${text(value)}`)
}

function jsonName({ name, options }: protobuf.Field): string {
  const named: unknown = options?.['json_name']
  return typeof named === 'string' ? named : protobuf.util.camelCase(name)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return JSON.stringify(value).slice(0, 100)
}
