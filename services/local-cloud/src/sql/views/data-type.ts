import type { Field } from '../../bigquery/values/fields.ts'
import { isReserved } from '../keywords.ts'

const GOOGLE_SQL: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' }

/** The type of a column as GoogleSQL writes it, without what holds its values to a length: `ARRAY<STRUCT<a INT64>>`. */
export function dataType(field: Field): string {
  return typeOf(field, scalarType, (inner) => `${inner.name} ${dataType(inner)}`)
}

/** A column as CREATE TABLE has it: `a STRING(10) DEFAULT 'x' NOT NULL OPTIONS(description="…")`. */
export function columnDdl(field: Field): string {
  const { name, mode, defaultValueExpression, description } = field
  return [
    nameDdl(name),
    typeOf(field, limitedType, columnDdl),
    ...(defaultValueExpression ? [`DEFAULT ${defaultValueExpression}`] : []),
    ...(mode === 'REQUIRED' ? ['NOT NULL'] : []),
    ...(description ? [`OPTIONS(description=${JSON.stringify(description)})`] : []),
  ].join(' ')
}

/** A name, in backticks where it needs them. */
export function nameDdl(name: string): string {
  return /^[a-z_]\w*$/i.test(name) && !isReserved(name.toUpperCase()) ? name : `\`${name}\``
}

function typeOf(field: Field, scalar: (field: Field) => string, member: (field: Field) => string): string {
  const base = field.type === 'RECORD' ? `STRUCT<${field.fields!.map(member).join(', ')}>` : scalar(field)
  return field.mode === 'REPEATED' ? `ARRAY<${base}>` : base
}

function scalarType({ type, rangeElementType }: Field): string {
  const element = rangeElementType?.type
  return element === undefined ? (GOOGLE_SQL[type] ?? type) : `${type}<${element}>`
}

function limitedType(field: Field): string {
  const { maxLength, precision, timestampPrecision, scale } = field
  const limits = [maxLength ?? precision ?? timestampPrecision, scale].filter((limit) => limit !== undefined)
  return limits.length > 0 ? `${scalarType(field)}(${limits.join(', ')})` : scalarType(field)
}
