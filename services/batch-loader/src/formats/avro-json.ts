import avro, { type Schema, type Type } from 'avsc'
import { decimalOf, signedOf } from './decimals.ts'
import { dayWriter, timestampWriter, timeText, type SecondDigits } from './time-text.ts'
import { doubleText, PLAIN, writeField, type WriteText } from './unwritable.ts'

type Long = bigint | number

/** 64 bits: a number where that is safe, which is much faster, and else a bigint. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer): Long => {
    const number = bytes.readInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0)
    return Number.isSafeInteger(number) ? number : bytes.readBigInt64LE()
  },
  toBuffer: (value: Long) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (one: Long, other: Long) => (one < other ? -1 : one > other ? 1 : 0),
})

/** The library's type for a schema: a long is a number or a bigint; a value of a union stands in an object, by the name of its branch. */
export function avroType(schema: unknown): Type {
  const isLong = (each: unknown) => each === 'long' || (each as { type?: unknown }).type === 'long'
  const typeHook = (each: Schema) => (isLong(each) ? LONG : undefined)
  return avro.Type.forSchema(schema as Schema, { typeHook, wrapUnions: 'always' } as object)
}

interface Named {
  readonly type: unknown
  readonly name?: string
  readonly namespace?: string
  readonly logicalType?: string
  readonly scale?: number
  readonly fields?: readonly { readonly name: string; readonly type: unknown }[]
  readonly items?: unknown
  readonly values?: unknown
}

/** What the types of a schema that have names are, and the namespace that names without one are in. */
interface Scope {
  readonly writers: Map<string, WriteText>
  readonly namespace: string
}

/**
 * Writes values that the library decoded as JSON: every digit of a long or decimal, times as RFC 3339 in UTC, bytes as base64 (as
 * BigQuery's JSON has them), an object for a map.
 */
export function avroWriter(schema: unknown, scope: Scope = { writers: new Map(), namespace: '' }): WriteText {
  if (Array.isArray(schema)) return unionWriter(schema, scope)
  if (typeof schema === 'string') return primitives[schema] ?? byName(schema, scope)
  const named = schema as Named
  const { type, logicalType } = named
  const logical = logicalType === undefined ? undefined : logicalWriter(named)
  if (logical) {
    if (named.name !== undefined) scope.writers.set(fullName(named, scope), logical)
    return logical
  }
  switch (type) {
    case 'record':
    case 'error':
      return recordWriter(named, scope)
    case 'enum':
      scope.writers.set(fullName(named, scope), JSON.stringify)
      return JSON.stringify
    case 'fixed':
      scope.writers.set(fullName(named, scope), base64)
      return base64
    case 'array': {
      const item = avroWriter(named.items, scope)
      return (value) =>
        `[${(value as unknown[]).map((each, at) => writeField(item, String(at), each)).join(',')}]`
    }
    case 'map': {
      const each = avroWriter(named.values, scope)
      return (value) => objectText(Object.entries(value as object), () => each)
    }
    default:
      return avroWriter(type, scope)
  }
}

/** A name for which the library's objects have no place: the prototype gets its value. */
export const PROTO = '__proto__'

function recordWriter(named: Named, scope: Scope): WriteText {
  const name = fullName(named, scope)
  const inside = { writers: scope.writers, namespace: name.slice(0, Math.max(0, name.lastIndexOf('.'))) }
  // before its fields: one of them may be of this type
  scope.writers.set(name, (value) => write(value))
  if (named.fields!.some((field) => field.name === PROTO))
    throw new Error(`the record ${name} has a field ${PROTO}, which cannot be read`)
  const fields = named.fields!.map((field) => ({
    name: field.name,
    start: `${JSON.stringify(field.name)}:`,
    write: avroWriter(field.type, inside),
  }))
  const write: WriteText = (value) => {
    let text = ''
    for (const field of fields) {
      const each = writeField(field.write, field.name, (value as Record<string, unknown>)[field.name])
      text += `${text === '' ? '{' : ','}${field.start}${each}`
    }
    return text === '' ? '{}' : `${text}}`
  }
  return write
}

function objectText(entries: readonly [string, unknown][], writer: (name: string) => WriteText): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${writeField(writer(name), name, value)}`).join(',')}}`
}

function unionWriter(branches: readonly unknown[], scope: Scope): WriteText {
  const writers = new Map(branches.map((branch) => [branchName(branch, scope), avroWriter(branch, scope)]))
  return (value) => {
    if (value === null) return 'null'
    // as the library gives it: one key, the name of the branch
    for (const name in value as object) return writers.get(name)!((value as Record<string, unknown>)[name])
    return 'null'
  }
}

/** Types that no schema names, in whatever namespace they stand. */
const COLLECTIONS: ReadonlySet<string> = new Set(['array', 'map'])

function branchName(branch: unknown, scope: Scope): string {
  if (typeof branch === 'string')
    return branch in primitives || COLLECTIONS.has(branch) ? branch : qualified(branch, scope)
  const named = branch as Named
  return named.name === undefined ? branchName(named.type, scope) : fullName(named, scope)
}

/** @throws Error where it has none, as the library lets it be */
function fullName({ name, namespace, type }: Named, scope: Scope): string {
  if (typeof name !== 'string')
    throw new Error(`a type of kind ${JSON.stringify(type)} has no name, and Avro wants one`)
  return qualified(name, namespace === undefined ? scope : { ...scope, namespace })
}

function qualified(name: string, { namespace }: Scope): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function byName(name: string, scope: Scope): WriteText {
  const found = scope.writers.get(qualified(name, scope)) ?? scope.writers.get(name)
  if (!found) throw new Error(`the schema names ${name}, which it does not have`)
  return found
}

const base64: WriteText = (value) => `"${Buffer.from(value as Uint8Array).toString('base64')}"`
const plain: WriteText = (value) => String(value)

const primitives: Readonly<Record<string, WriteText>> = {
  null: () => 'null',
  boolean: plain,
  int: plain,
  long: plain,
  float: (value) => doubleText(value as number),
  double: (value) => doubleText(value as number),
  bytes: base64,
  string: (value) => (PLAIN.test(value as string) ? `"${value as string}"` : JSON.stringify(value)),
}

/** docs: loading Avro data, logical types. @returns undefined where it says nothing about the value */
function logicalWriter({ logicalType, scale = 0 }: Named): WriteText | undefined {
  switch (logicalType) {
    case 'decimal':
      return (value) => decimalOf(signedOf(value as Uint8Array), scale)
    case 'date': {
      const dayOf = dayWriter()
      return (value) => `"${dayOf(value as number)}"`
    }
    case 'time-millis':
      return (value) => `"${timeText(value as number, 3)}"`
    case 'time-micros':
      return (value) => `"${timeText(value as Long, 6)}"`
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return timestamps(3)
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return timestamps(6)
    case 'timestamp-nanos':
    case 'local-timestamp-nanos':
      return timestamps(9)
    default:
      return undefined
  }
}

function timestamps(digits: SecondDigits): WriteText {
  const timestampOf = timestampWriter(digits)
  return (value) => `"${timestampOf(value as Long)}"`
}
