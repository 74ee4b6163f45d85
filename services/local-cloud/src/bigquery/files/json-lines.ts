import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import type { BadRecords } from './bad-records.ts'
import type { JsonRow } from './file-rows.ts'
import type { LineScan, PlainLines } from './plain-lines.ts'

/** JSON.rawJSON, which the types of Node do not have yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  readonly rawJSON: (text: string) => unknown
  readonly isRawJSON: (value: unknown) => value is { readonly rawJSON: string }
}

/** Digits that a double may not give back; of those in texts it gives all. */
const MAY_BE_WIDE = /[:[,]\s*-?[0-9][0-9.]{15}/

/** Lines that are handed on together, and bytes of them. */
const MOST_LINES = 10_000
const MOST_BYTES = 1 << 20
const NEWLINE = 0x0a

/**
 * The values of lines of JSON, as they stand there.
 *
 * @param bytes UTF-8
 * @param keepsDigits whether numbers that a double does not hold are kept as their text: `rowOfJson` knows them
 * @param bad gets lines that are no objects
 * @throws BigQueryError invalid that names the line, when it is its turn, as `bad` has it
 */
export function jsonLines(bytes: Buffer, keepsDigits: boolean, bad: BadRecords): Generator<JsonRow> {
  // where nobody looks for plain lines there are none
  return scannedLines(bytes, keepsDigits, bad, undefined) as Generator<JsonRow>
}

/** The same, but that plain lines are not read. @throws as `jsonLines` */
export function* scannedLines(
  bytes: Buffer,
  keepsDigits: boolean,
  bad: BadRecords,
  scan: LineScan | undefined,
): Generator<JsonRow | PlainLines> {
  let line = 0
  for (let at = 0; at < bytes.length;) {
    const plain = scan?.take(bytes, at, MOST_LINES, MOST_BYTES)
    if (plain) {
      yield plain
      at += plain.bytes.length + 1
      line += plain.count
      continue
    }
    const found = bytes.indexOf(NEWLINE, at)
    const end = found < 0 ? bytes.length : found
    const each = bytes.toString('utf8', at, end)
    const index = line++
    at = end + 1
    if (isBlank(each)) continue
    const value = bad.tried(() => recordOf(each, index, keepsDigits))
    if (value) yield value
  }
}

function recordOf(text: string, line: number, keepsDigits: boolean): JsonRow {
  const value = parsed(text, line, keepsDigits)
  if (!isRecord(value)) throw jsonError(line, 'it is no object')
  return value
}

/**
 * A line's value as a row. A JSON column is loaded with the value as it stands (docs: loading JSON data, "raw JSON values"): text is text
 * there, and a number has its digits. Rows hold such a value as its JSON text, as insertAll does.
 */
export function rowOfJson(fields: readonly Field[], row: JsonRow): JsonRow {
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => {
      const field = byName.get(key.toLowerCase())
      if (!field || value === null) return [key, value]
      return [
        key,
        Array.isArray(value) && field.mode === 'REPEATED'
          ? value.map((each) => asValue(field, each))
          : asValue(field, value),
      ]
    }),
  )
}

const OPENING = 0x7b

function isBlank(line: string): boolean {
  return line.charCodeAt(0) !== OPENING && line.trim() === ''
}

function parsed(line: string, index: number, keepsDigits: boolean): unknown {
  try {
    return keepsDigits && MAY_BE_WIDE.test(line) ? JSON.parse(line, withDigits) : JSON.parse(line)
  } catch (error) {
    throw jsonError(index, (error as Error).message, error)
  }
}

function withDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? rawJSON(source)
    : value
}

function asValue(field: Field, value: unknown): unknown {
  if (value === null) return value
  if (field.type === 'JSON') return JSON.stringify(value)
  if (isRawJSON(value)) return value.rawJSON
  return field.fields && isRecord(value) ? rowOfJson(field.fields, value) : value
}

function isRecord(value: unknown): value is JsonRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value)
}

function jsonError(index: number, why: string, cause?: unknown): BigQueryError {
  const place = `JSON parsing error in row starting at line ${index + 1}`
  return new BigQueryError('invalid', `Error while reading data, error message: ${place}: ${why}`, { cause })
}
