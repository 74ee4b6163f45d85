import { randomUUID } from 'node:crypto'
import { BigQueryError, notImplemented } from '../errors.ts'
import { duckDbType, quoteText, type Field } from './fields.ts'
import { RowError } from './row-values.ts'
import { scalarText } from './scalar-text.ts'
import { rangeText } from './special-values.ts'
import { SESSION_USER } from '../session-user.ts'

/** What a column holds where a row says nothing of it. */
interface Default {
  /** The value as JSON text. */
  readonly json: () => string
  /** DuckDB's SQL for it. */
  readonly sql: string
}

interface DefaultFunction extends Default {
  readonly type: string
}

const now = (from: number, to?: number) => () => JSON.stringify(new Date().toISOString().slice(from, to))
const UTC = "(now() AT TIME ZONE 'UTC')"

// cloud.google.com/bigquery/docs/default-values: a literal, one of these, or ST_GEOGPOINT
const FUNCTIONS: Readonly<Record<string, DefaultFunction>> = {
  CURRENT_TIMESTAMP: { type: 'TIMESTAMP', json: now(0), sql: 'now()' },
  CURRENT_DATETIME: { type: 'DATETIME', json: now(0, -1), sql: UTC },
  CURRENT_DATE: { type: 'DATE', json: now(0, 10), sql: `CAST(${UTC} AS DATE)` },
  CURRENT_TIME: { type: 'TIME', json: now(11, -1), sql: `CAST(${UTC} AS TIME)` },
  GENERATE_UUID: { type: 'STRING', json: () => `"${randomUUID()}"`, sql: 'CAST(uuid() AS VARCHAR)' },
  RAND: { type: 'FLOAT', json: () => String(Math.random()), sql: 'random()' },
  SESSION_USER: { type: 'STRING', json: () => `"${SESSION_USER}"`, sql: `'${SESSION_USER}'` },
}
const CALL = /^([A-Z_]+)\s*(?:\(\s*\))?$/i
const TEXT = /^(?:(?:DATE|DATETIME|TIME|TIMESTAMP|NUMERIC|JSON)\s*)?(?:'([^'\\]*)'|"([^"\\]*)")$/i
const RANGE_TEXT = /^RANGE\s*<\s*([A-Z]+)\s*>\s*(?:'([^'\\]*)'|"([^"\\]*)")$/i
const NUMBER = String.raw`([+-]?)\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)`
const POINT = new RegExp(String.raw`^ST_GEOGPOINT\s*\(\s*${NUMBER}\s*,\s*${NUMBER}\s*\)$`, 'i')
const PLAIN = /^(?:[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?|TRUE|FALSE)$/i

/** @throws BigQueryError where the expression is none that a column of this type takes, or none that is done here */
export function defaultOf(field: Field): Default | undefined {
  const expression = field.defaultValueExpression?.trim()
  if (expression === undefined || /^NULL$/i.test(expression)) return undefined
  if (field.mode === 'REPEATED') {
    if (expression === '[]') return { json: () => '[]', sql: `CAST([] AS ${duckDbType(field)})` }
    throw notImplemented(`the default value ${expression} of an array (field ${field.name})`)
  }
  const called = FUNCTIONS[CALL.exec(expression)?.[1]?.toUpperCase() ?? '']
  if (called) {
    if (called.type !== field.type) throw mismatch(field, called.type)
    return called
  }
  const found = pointOf(field, expression) ?? rangeOf(field, expression)
  if (found) return found
  const match = TEXT.exec(expression)
  const text = match ? (match[1] ?? match[2]!) : PLAIN.test(expression) ? expression : undefined
  if (text === undefined || ['RECORD', 'BIGNUMERIC', 'BYTES', 'JSON'].includes(field.type))
    throw notImplemented(`the default value ${expression} (field ${field.name})`)
  // no text coerces to these
  if (field.type === 'GEOGRAPHY' || field.type === 'RANGE') throw mismatch(field, expression)
  return literal(field, text)
}

/** A point of two numbers that are written there. */
function pointOf(field: Field, expression: string): Default | undefined {
  const [, east, longitude, north, latitude] = POINT.exec(expression) ?? []
  if (longitude === undefined) return undefined
  if (field.type !== 'GEOGRAPHY') throw mismatch(field, 'GEOGRAPHY')
  return constant(field, expression, () =>
    scalarText('GEOGRAPHY', `POINT(${east}${longitude} ${north}${latitude})`, field.name),
  )
}

function rangeOf(field: Field, expression: string): Default | undefined {
  const [, element, single, double] = RANGE_TEXT.exec(expression) ?? []
  if (element === undefined) return undefined
  const type = element.toUpperCase()
  if (field.rangeElementType?.type !== type) throw mismatch(field, `RANGE<${type}>`)
  return constant(field, expression, () => rangeText(type, single ?? double, field.name))
}

/** @param made its JSON text; RowError where it is no value of the column */
function constant(field: Field, expression: string, made: () => string): Default {
  try {
    const json = made()
    return { json: () => json, sql: quoteText(JSON.parse(json) as string) }
  } catch (error) {
    if (error instanceof RowError) throw mismatch(field, expression)
    throw error
  }
}

function literal(field: Field, text: string): Default {
  try {
    const json = scalarText(field.type, text, field.name)
    return { json: () => json, sql: `CAST(${quoteText(text)} AS ${duckDbType(field)})` }
  } catch (error) {
    if (error instanceof RowError) throw mismatch(field, text)
    throw error
  }
}

function mismatch({ name, type }: Field, is: string): BigQueryError {
  return new BigQueryError(
    'invalid',
    `Invalid default value expression for column ${name} of type ${type}: ${is}`,
  )
}

export type Defaults = ReadonlyMap<string, () => string>

/** The columns that have one, by their names. */
export function defaultsOf(fields: readonly Field[]): Defaults {
  return new Map(
    fields.flatMap((field) => {
      const made = defaultOf(field)
      return made ? [[field.name, made.json] as const] : []
    }),
  )
}
