import { bigNumericOf, bigNumericOrNull, TEXT } from '../../bigquery/values/big-numeric.ts'
import { notImplemented } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { fail } from '../fail.ts'
import { once } from '../once.ts'
import { clockText, floatText, microsOfText, utcText } from '../duck/text-of-value.ts'
import type { Typed } from './typed.ts'
import { duckDb, isEqual, sameType, scalar, spelling, structOf, type SqlType } from './sql-type.ts'

/** What CAST may make of each type (conversion rules: "Cast"). */
const ALLOWED: Readonly<Record<string, string>> = {
  INT64: 'INT64 FLOAT64 NUMERIC BIGNUMERIC BOOL STRING',
  FLOAT64: 'INT64 FLOAT64 NUMERIC BIGNUMERIC STRING',
  NUMERIC: 'INT64 FLOAT64 NUMERIC BIGNUMERIC STRING',
  BIGNUMERIC: 'INT64 FLOAT64 NUMERIC BIGNUMERIC STRING',
  BOOL: 'INT64 BOOL STRING',
  STRING: 'INT64 FLOAT64 NUMERIC BIGNUMERIC BOOL STRING BYTES DATE DATETIME TIME TIMESTAMP INTERVAL RANGE',
  BYTES: 'STRING BYTES',
  DATE: 'STRING DATE DATETIME TIMESTAMP',
  DATETIME: 'STRING DATE DATETIME TIME TIMESTAMP',
  TIME: 'STRING TIME',
  TIMESTAMP: 'STRING DATE DATETIME TIME TIMESTAMP',
  JSON: 'JSON',
  INTERVAL: 'STRING INTERVAL',
  RANGE: 'STRING',
}

/** Undefined where GoogleSQL has no such cast. */
export function castTo(value: Typed, type: SqlType, safe: boolean): Typed | undefined {
  const own = value.type
  // not only a NULL: ERROR() has every type
  if (own.kind === 'NULL') return { sql: `CAST(${value.sql} AS ${duckDb(type)})`, type }
  if (own.kind === 'ARRAY' && type.kind === 'ARRAY') return castArray(value, type, safe)
  if (own.kind === 'STRUCT' && type.kind === 'STRUCT') return castStruct(value, type, safe)
  if (sameType(own, type)) return { sql: value.sql, type }
  if (!ALLOWED[own.kind]?.split(' ').includes(type.kind)) return undefined
  if (type.kind === 'RANGE') {
    const made = `range_of_text('${type.element!.kind}', ${value.sql})`
    return { sql: safe ? `TRY(${made})` : made, type }
  }
  return { sql: scalarCast(value, type.kind, safe), type }
}

function castArray(value: Typed, type: SqlType, safe: boolean): Typed | undefined {
  const element = value.type.element!
  if (element.kind === 'NULL' || value.literal?.type === 'EMPTY' || isEqual(value.type, type))
    return { sql: `CAST(${value.sql} AS ${duckDb(type)})`, type }
  const one = castTo({ sql: 'each_item', type: element }, type.element!, safe)
  return one && { sql: `list_transform(${value.sql}, lambda each_item: ${one.sql})`, type }
}

function castStruct(value: Typed, type: SqlType, safe: boolean): Typed | undefined {
  const own = value.type.fields!
  if (own.length !== type.fields!.length) return undefined
  const fields = own.map((field, index) => {
    const wanted = type.fields![index]!
    const from = { sql: `struct_extract(${value.sql}, ${quoteText(field.name)})`, type: field.type }
    return { name: wanted.name, sql: castTo(from, wanted.type, safe)?.sql }
  })
  if (fields.some(({ sql }) => sql === undefined)) return undefined
  const made = structOf(fields as { name: string; sql: string }[])
  return { sql: `(CASE WHEN ${value.sql} IS NULL THEN NULL ELSE ${made} END)`, type }
}

function scalarCast(value: Typed, to: string, safe: boolean): string {
  const { sql, type, literal } = value
  const from = type.kind
  const cast = safe ? 'TRY_CAST' : 'CAST'
  const plain = `${cast}(${sql} AS ${duckDb(scalar(to))})`
  if (to === 'BIGNUMERIC') {
    const isFloat = from === 'FLOAT64' && literal?.text === undefined
    if (isFloat) return (safe ? bigNumericOrNull : bigNumericOf)(decimalOfFloat(sql, 38, safe))
    const text = literal?.text === undefined ? textOf(value) : quoteText(literal.text)
    if (from !== 'STRING' && literal?.text === undefined)
      return (safe ? bigNumericOrNull : bigNumericOf)(text)
    const decimal = `plain_number('BIGNUMERIC', ${text}, 38, 0)`
    return safe ? bigNumericOrNull(`TRY(${decimal})`) : bigNumericOf(decimal)
  }
  if (from === 'BIGNUMERIC') {
    const text = `struct_extract(${sql}, '${TEXT}')`
    return to === 'STRING' ? text : `${cast}(${text} AS ${duckDb(scalar(to))})`
  }
  if (to === 'STRING') return from === 'BYTES' ? bytesAsText(sql, safe) : textOf(value)
  if (from === 'STRING') return once(sql, (text) => ofText(text, to, safe))
  if (from === 'FLOAT64' && to === 'NUMERIC' && literal?.text !== undefined)
    return `${cast}(${quoteText(literal.text)} AS DECIMAL(38,9))`
  if (from === 'FLOAT64' && to === 'NUMERIC')
    return `${cast}(${decimalOfFloat(sql, 9, safe)} AS DECIMAL(38,9))`
  if (from === 'TIMESTAMP' && to === 'TIME') return `${cast}(${cast}(${sql} AS TIMESTAMP) AS TIME)`
  // half away from zero, where DuckDB goes to the even one
  if (from === 'FLOAT64' && to === 'INT64') return `${cast}(round(${sql}) AS BIGINT)`
  return plain
}

/** The digits that a FLOAT64 has, up to so many behind the point; DuckDB reckons with a product that is rounded itself. */
function decimalOfFloat(sql: string, places: number, safe: boolean): string {
  const made = `decimal_of_float(${sql}, CAST(${places} AS BIGINT))`
  return safe ? `TRY(${made})` : made
}

function ofText(sql: string, to: string, safe: boolean): string {
  const no = (message: string, type: string): string => (safe ? 'NULL' : fail(`'${message}' || ${sql}`, type))
  const notOne = (kind: string, type: string) => fail(`'Invalid ${kind} value: ''' || ${sql} || ''''`, type)
  const cast = safe ? 'TRY_CAST' : 'CAST'
  switch (to) {
    case 'INT64':
      return `(CASE WHEN regexp_full_match(${sql}, '\\s*[+-]?[0-9]+\\s*') THEN ${cast}(trim(${sql}) AS BIGINT) WHEN regexp_full_match(${sql}, '[+-]?0[xX][0-9a-fA-F]+') THEN (CASE WHEN ${sql} LIKE '-%' THEN -1 ELSE 1 END) * ${cast}(ltrim(${sql}, '+-') AS BIGINT) WHEN ${sql} IS NULL THEN NULL ELSE ${no('Bad int64 value: ', 'BIGINT')} END)`
    case 'BOOL':
      return `(CASE lower(${sql}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE ELSE CASE WHEN ${sql} IS NULL THEN NULL ELSE ${no('Bad bool value: ', 'BOOLEAN')} END END)`
    case 'BYTES':
      return `encode(${sql})`
    case 'INTERVAL':
      return safe ? `TRY(interval_of_text(${sql}))` : `interval_of_text(${sql})`
    case 'FLOAT64':
      return `coalesce(CASE WHEN ${sql} NOT LIKE '%\\_%' ESCAPE '\\' THEN CASE WHEN isfinite(TRY_CAST(trim(${sql}) AS DOUBLE)) OR NOT regexp_matches(${sql}, '[0-9]') THEN TRY_CAST(trim(${sql}) AS DOUBLE) END END, CASE WHEN ${sql} IS NULL THEN NULL ELSE ${no('Bad double value: ', 'DOUBLE')} END)`
    case 'NUMERIC':
      return `coalesce(CASE WHEN ${sql} NOT LIKE '%\\_%' ESCAPE '\\' THEN TRY_CAST(trim(${sql}) AS DECIMAL(38,9)) END, CASE WHEN ${sql} IS NULL THEN NULL ELSE ${no('Invalid NUMERIC value: ', 'DECIMAL(38,9)')} END)`
    default: {
      const type = duckDb(scalar(to))
      const time = ofMicros(microsOfText(to, sql), to)
      return safe
        ? time
        : `(CASE WHEN ${sql} IS NULL THEN NULL ELSE coalesce(${time}, ${notOne(to.toLowerCase(), type)}) END)`
    }
  }
}

/** The value of a type of time from its microseconds. */
export function ofMicros(micros: string, to: string): string {
  if (to === 'TIMESTAMP') return `make_timestamptz(${micros})`
  return to === 'DATETIME' ? `make_timestamp(${micros})` : `CAST(make_timestamp(${micros}) AS ${to})`
}

const bytesAsText = (sql: string, safe: boolean): string => (safe ? `TRY(decode(${sql}))` : `decode(${sql})`)

/** An end of a RANGE; NULL where it is UNBOUNDED. @param name of the function for it */
export const endOfRange = (name: 'range_start' | 'range_end', sql: string, kind: string): string =>
  ofMicros(`${name}(${sql})`, kind)

/** Each end as CAST makes it (conversion functions: CAST AS STRING). */
function rangeText(sql: string, type: SqlType): string {
  if (type.kind === 'DATE') return sql
  return once(sql, (range) => {
    const [start, end] = (['range_start', 'range_end'] as const).map(
      (name) => `coalesce(${textOf({ sql: endOfRange(name, range, type.kind), type })}, 'UNBOUNDED')`,
    )
    return `(CASE WHEN ${range} IS NOT NULL THEN '[' || ${start} || ', ' || ${end} || ')' END)`
  })
}

/** What CAST AS STRING makes of a value. */
export function textOf({ sql, type }: Typed): string {
  switch (type.kind) {
    case 'STRING':
      return sql
    case 'FLOAT64':
      return floatText(sql)
    case 'NUMERIC':
      return `regexp_replace(CAST(${sql} AS VARCHAR), '\\.?0+$', '')`
    case 'BYTES':
      return bytesAsText(sql, false)
    case 'BIGNUMERIC':
      return `struct_extract(${sql}, '${TEXT}')`
    case 'INTERVAL':
      return `interval_text(${sql})`
    case 'TIMESTAMP':
      return `(${utcText(sql)} || '+00')`
    case 'DATETIME':
    case 'TIME':
      return clockText(sql, type.kind)
    case 'NULL':
    case 'INT64':
    case 'BOOL':
    case 'DATE':
      return `CAST(${sql} AS VARCHAR)`
    case 'RANGE':
      return rangeText(sql, type.element!)
    default:
      throw notImplemented(`a ${spelling(type)} as text`)
  }
}
