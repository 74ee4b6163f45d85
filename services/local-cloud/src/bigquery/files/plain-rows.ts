import type { Field } from '../values/fields.ts'
import { isBounded, isPicos } from '../values/type-parameters.ts'
import type { JsonRow } from './file-rows.ts'

/**
 * Whether a line's value is a row as it stands: its columns have their names, and each value is JSON that DuckDB reads as what BigQuery
 * makes of it, and takes. Nearly all rows that programs write are so, and looking is a part of the work of converting one. What is not is
 * no mistake: it is for those who convert, and who say what is wrong.
 *
 * @param names gets the columns that rows have
 */
export type IsPlain = (row: JsonRow, names: Set<string>) => boolean

/** @returns undefined where no row is plain: a column that a row does not name may have a default value */
export function compilePlain(fields: readonly Field[]): IsPlain | undefined {
  if (fields.some(({ defaultValueExpression }) => defaultValueExpression !== undefined)) return undefined
  const isPlain = plainRecord(fields)
  return (row, names) => {
    if (!isPlain(row)) return false
    for (const name in row) names.add(name)
    return true
  }
}

type IsPlainValue = (value: unknown) => boolean

function plainRecord(fields: readonly Field[]): IsPlainValue {
  const byName = new Map(fields.map((field) => [field.name, plainField(field)]))
  const required = fields.filter(({ mode }) => mode === 'REQUIRED').map(({ name }) => name)
  return (row) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return false
    const record = row as JsonRow
    for (const name in record) {
      const isPlain = byName.get(name)
      if (!isPlain) return false
      const value = record[name]
      if (value !== null && !isPlain(value)) return false
    }
    return required.every((name) => (record[name] ?? undefined) !== undefined)
  }
}

function plainField(field: Field): IsPlainValue {
  const isPlain = plainOne(field)
  if (field.mode !== 'REPEATED') return isPlain
  return (value) => {
    if (!Array.isArray(value)) return false
    for (const each of value) if (each === null || !isPlain(each)) return false
    return true
  }
}

const never: IsPlainValue = () => false

function plainOne(field: Field): IsPlainValue {
  if (field.type === 'RECORD') return plainRecord(field.fields!)
  return isBounded(field) || isPicos(field) ? never : (SCALARS[field.type] ?? never)
}

const INT64 = /^-?(0|[1-9][0-9]{0,18})$/
const LARGEST = '9223372036854775807'
const NUMERIC = /^-?[0-9]{1,29}(?:\.[0-9]{1,9})?$/
/** But the 29th of February: whether that is a day must be reckoned. */
const DAY =
  '(?!0000)[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))'
const DATE = new RegExp(`^${DAY}$`)
const TIMESTAMP = new RegExp(`^${DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?Z$`)

/** -2^63 itself is converted. */
function isInt64(text: string): boolean {
  const digits = INT64.exec(text)?.[1]
  return digits !== undefined && (digits.length < LARGEST.length || digits <= LARGEST)
}

/** Other types are converted. */
const SCALARS: Readonly<Record<string, IsPlainValue>> = {
  // half of a character is none of Unicode
  STRING: (value) => typeof value === 'string' && value.isWellFormed(),
  INTEGER: (value) =>
    typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && isInt64(value),
  FLOAT: (value) => typeof value === 'number' && Number.isFinite(value),
  BOOLEAN: (value) => typeof value === 'boolean',
  NUMERIC: (value) => typeof value === 'string' && NUMERIC.test(value),
  DATE: (value) => typeof value === 'string' && DATE.test(value),
  TIMESTAMP: (value) => typeof value === 'string' && TIMESTAMP.test(value),
  JSON: (value) => typeof value === 'string' || typeof value === 'boolean',
}
