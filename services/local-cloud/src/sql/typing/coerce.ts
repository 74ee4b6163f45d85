import { quoteText } from '../../bigquery/values/fields.ts'
import { castTo } from './casts.ts'
import type { Typed } from './typed.ts'
import { duckDb, isEqual, sameType, scalar, structOf, type SqlType } from './sql-type.ts'
import { microsOf } from '../time/read-time.ts'
import { timeLiteral } from './time-literals.ts'

// conversion rules: what GoogleSQL makes another type by itself, the nearest first
const WIDER: Readonly<Record<string, readonly string[]>> = {
  INT64: ['FLOAT64', 'NUMERIC', 'BIGNUMERIC'],
  NUMERIC: ['FLOAT64', 'BIGNUMERIC'],
  DATE: ['DATETIME'],
}
const OF_A_TEXT = ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP']
const OF_A_FLOAT = ['NUMERIC', 'BIGNUMERIC']

/** A text that is no such time: the signature that it fits is nearer. */
const FAR = 100

const isOf = (kind: string, text: string | undefined): boolean =>
  text === undefined || microsOf(kind, text, 'UTC') !== undefined

/** How far a value is from a type: 0 has it already, undefined cannot have it. */
export function distance(value: Typed, type: SqlType): number | undefined {
  const { type: own, literal, parts } = value
  if (sameType(own, type) || own.kind === 'NULL') return 0
  if (own.isUntyped && type.kind === 'ARRAY') return 1
  if (literal?.type === 'STRING' && OF_A_TEXT.includes(type.kind))
    return isOf(type.kind, literal.text) ? 1 : FAR
  if (literal?.type === 'FLOAT64' && OF_A_FLOAT.includes(type.kind)) return OF_A_FLOAT.indexOf(type.kind) + 1
  if (own.kind === 'ARRAY' && type.kind === 'ARRAY' && parts)
    return farthest(parts.map((part) => distance(part, type.element!)))
  if (own.kind === 'ARRAY' && type.kind === 'ARRAY')
    return own.element!.kind === 'NULL' ? 0 : distance({ ...value, type: own.element! }, type.element!)
  if (own.kind === 'STRUCT' && type.kind === 'STRUCT' && own.fields!.length === type.fields!.length) {
    const each = own.fields!.map((field, index) =>
      distance(parts?.[index] ?? { sql: '', type: field.type }, type.fields![index]!.type),
    )
    return farthest(each)
  }
  const steps = WIDER[own.kind]?.indexOf(type.kind) ?? -1
  return steps === -1 ? undefined : steps + 1
}

const farthest = (each: readonly (number | undefined)[]): number | undefined =>
  each.some((one) => one === undefined) ? undefined : Math.max(0, ...(each as number[]))

/** The value with a type that it can have by itself. */
export function coerce(value: Typed, type: SqlType): Typed {
  const { type: own, literal } = value
  if (own.kind === 'NULL') return { sql: `CAST(${value.sql} AS ${duckDb(type)})`, type }
  if (sameType(own, type) && own.kind !== 'STRUCT' && own.kind !== 'ARRAY') return value
  if (literal?.type === 'STRING' && literal.text !== undefined)
    return { sql: timeLiteral(type.kind, literal.text), type }
  // `[]` is an array of whatever is wanted
  if (own.isUntyped)
    return { sql: `(CASE WHEN ${value.sql} IS NOT NULL THEN CAST([] AS ${duckDb(type)}) END)`, type }
  if (value.parts && !isEqual(own, type)) return { sql: madeOf(value.parts, type), type }
  if (type.kind === 'BIGNUMERIC') return castTo(value, type, false)!
  if (literal?.type === 'FLOAT64' && literal.text !== undefined)
    return { sql: `CAST(${quoteText(literal.text)} AS ${duckDb(type)})`, type }
  if (own.kind === 'STRUCT') return { sql: structAs(value, type), type }
  if (isEqual(own, type)) return { sql: value.sql, type }
  if (own.kind === 'ARRAY' && own.element!.kind === 'STRUCT') {
    const { sql } = coerce({ sql: 'each_item', type: own.element! }, type.element!)
    return { sql: `list_transform(${value.sql}, lambda each_item: ${sql})`, type }
  }
  return { sql: `CAST(${value.sql} AS ${duckDb(type)})`, type }
}

/** A struct or an array whose parts have the types that are wanted. */
function madeOf(parts: readonly Typed[], type: SqlType): string {
  if (type.kind === 'ARRAY') return `[${parts.map((part) => coerce(part, type.element!).sql).join(', ')}]`
  return structOf(
    type.fields!.map(({ name, type: of }, index) => ({ name, sql: coerce(parts[index]!, of).sql })),
  )
}

/** Fields are matched by their places; DuckDB would match them by their names. */
function structAs({ sql, type: own }: Typed, type: SqlType): string {
  if (isEqual(own, type)) return sql
  const fields = own.fields!.map(({ name, type: of }, index) => {
    const wanted = type.fields![index]!
    return {
      name: wanted.name,
      sql: coerce({ sql: `struct_extract(${sql}, ${quoteText(name)})`, type: of }, wanted.type).sql,
    }
  })
  return `(CASE WHEN ${sql} IS NULL THEN NULL ELSE ${structOf(fields)} END)`
}

/** The type that all values can have; undefined where there is none. */
export function commonType(values: readonly Typed[]): SqlType | undefined {
  const typed = values.filter(({ type }) => type.kind !== 'NULL')
  if (typed.length === 0) return scalar('INT64')
  if (typed.every(({ type }) => type.kind === 'STRUCT')) return commonStruct(typed)
  const firm = typed.filter(({ literal }) => literal === undefined)
  const candidates = [...firm, ...typed].map(({ type }) => type)
  const wider = candidates.flatMap(({ kind }) => WIDER[kind] ?? []).map(scalar)
  const fits = (type: SqlType): boolean => values.every((value) => distance(value, type) !== undefined)
  return candidates.find(fits) ?? wider.find(fits)
}

/** Names are those of the first. */
function commonStruct(values: readonly Typed[]): SqlType | undefined {
  const fields = values[0]!.type.fields!.map(({ name }, index) => {
    const each = values.map(
      ({ type, parts }) => parts?.[index] ?? { sql: '', type: type.fields![index]?.type ?? scalar('NONE') },
    )
    return { name, type: commonType(each) }
  })
  if (values.some(({ type }) => type.fields!.length !== fields.length) || fields.some(({ type }) => !type))
    return undefined
  return { kind: 'STRUCT', fields: fields as { name: string; type: SqlType }[] }
}
