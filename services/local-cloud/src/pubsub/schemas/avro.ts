import type { Type, types } from 'avsc'
import { avroType } from '../../bigquery/files/avro-types.ts'
import type { Checker, Encoding } from './checker.ts'

/** @throws Error where it is no Avro schema */
export function avroChecker(definition: string): AvroChecker {
  return new AvroChecker(avroType(JSON.parse(definition)))
}

class AvroChecker implements Checker {
  readonly type: Type

  constructor(type: Type) {
    this.type = type
  }

  check(data: Buffer, encoding: Encoding): void {
    if (encoding === 'BINARY') {
      this.type.fromBuffer(data)
      return
    }
    const text = data.toString()
    this.type.fromString(text)
    checkFields(this.type, JSON.parse(text))
  }

  /** Each must be able to read what the other has written: cloud.google.com/pubsub/docs/commit-schema-revision. */
  compatibleWith(other: Checker): void {
    if (!(other instanceof AvroChecker)) throw new Error('the other is no Avro schema')
    this.type.createResolver(other.type)
    other.type.createResolver(this.type)
  }
}

/**
 * The library takes a record with other fields than its own, and with none where there is a default. Avro's specification
 * has a default for who reads what an older schema wrote, not for who writes JSON: all fields are there, and no others.
 */
function checkFields(type: Type, value: unknown, path = ''): void {
  if (value === null || typeof value !== 'object') return
  const inner = value as Readonly<Record<string, unknown>>
  switch (type.typeName) {
    case 'record':
    case 'error': {
      const { fields } = type as types.RecordType
      const names = new Set(fields.map(({ name }) => name))
      const missing = fields.find(({ name }) => !Object.hasOwn(inner, name))
      if (missing) throw new Error(`the field ${path}${missing.name} is missing`)
      const unknown = Object.keys(inner).find((name) => !names.has(name))
      if (unknown !== undefined) throw new Error(`there is no field ${path}${unknown}`)
      for (const field of fields) checkFields(field.type, inner[field.name], `${path}${field.name}.`)
      return
    }
    case 'array':
      for (const item of value as readonly unknown[])
        checkFields((type as types.ArrayType).itemsType, item, path)
      return
    case 'map':
      for (const item of Object.values(inner)) checkFields((type as types.MapType).valuesType, item, path)
      return
    case 'union:wrapped': {
      // {"branch": value}
      const [[branch, item] = []] = Object.entries(inner)
      const branchType = (type as types.WrappedUnionType).types.find((each) => branchOf(each) === branch)
      if (branchType) checkFields(branchType, item, path)
      return
    }
    default:
  }
}

function branchOf(type: Type): string {
  return type.branchName ?? type.typeName
}
