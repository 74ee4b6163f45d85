import {
  dateDays,
  fitsType,
  isEnvelopeKey,
  timestampMicros,
  toJsonText,
  type Column,
  type ColumnType,
  type JsonObject,
} from '@tablestream/table-schema'
import type { RowBuffer } from './row-buffer.ts'

/** Writes an event that fits its columns entirely. False at the first surprise, with part of it written. */
export type FastPath = (row: RowBuffer, event: JsonObject) => boolean

/** A function of so many columns would be too large for the engine to make fast. */
const MOST_COLUMNS = 1000

/**
 * Compiles the columns into one function for each record, with keys and tags written out: the engine then reads each key
 * from its place in the object, where a loop would look each one up in a map. undefined where the columns hold something
 * that only the slow path knows: map columns. Keys go into the source as JSON texts, never as they are.
 */
export function compileFastPath(columns: readonly Column[]): FastPath | undefined {
  if (columns.length > MOST_COLUMNS || hasMap(columns)) return undefined
  const functions: string[] = []
  const entry = recordFunction(columns, functions, true)
  const source = `'use strict';\n${functions.join('\n')}\nreturn ${entry}`
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- built from columns alone, see above
  const build = new Function('timestampMicros', 'dateDays', 'fitsType', 'toJsonText', source) as (
    ...helpers: unknown[]
  ) => FastPath
  return build(timestampMicros, dateDays, fitsType, toJsonText)
}

function hasMap(columns: readonly Column[]): boolean {
  return columns.some(({ map, fields = [] }) => map || hasMap(fields))
}

function recordFunction(columns: readonly Column[], functions: string[], isEvent: boolean): string {
  const steps = columns.flatMap((column, index) => {
    const { key, mode } = column
    // keys that are not themselves (too long, or beginning with NUL) are left to the slow path
    if (key.startsWith('\0')) return []
    const text = JSON.stringify(key)
    // every object answers to these, whether the event has them or not
    const read =
      key in Object.prototype ? `v = Object.hasOwn(o, ${text}) ? o[${text}] : undefined;` : `v = o[${text}];`
    // the envelope writes these, by its own rules
    if (isEvent && isEnvelopeKey(key)) return [`${read} if (v !== undefined) left--;`]
    const write = writeField(column, index + 1, functions)
    if (mode === 'REQUIRED')
      return [`${read} if (v === undefined || v === null) return false; left--; ${write}`]
    return [`${read} if (v !== undefined) { left--; if (v !== null) { ${write} } }`]
  })
  const name = `record${functions.length}`
  functions.push(`function ${name}(row, o) {
  let v, x, left = 0;
  for (const key in o) left++;
  ${steps.join('\n  ')}
  return left === 0;
}`)
  return name
}

function writeField(column: Column, number: number, functions: string[]): string {
  const write = writeOne(column, number, functions)
  if (column.mode !== 'REPEATED') return write
  const name = `array${functions.length}`
  functions.push(`function ${name}(row, a) {
  if (!Array.isArray(a)) return false;
  let x;
  for (let i = 0; i < a.length; i++) { const v = a[i]; if (v === null) return false; ${write} }
  return true;
}`)
  return `if (!${name}(row, v)) return false;`
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/** The statement that writes `v`, or returns false. What it allows is what `fitsType` allows, but for the rarer spellings. */
function writeOne(column: Column, number: number, functions: string[]): string {
  if (column.type === 'RECORD') {
    const inside = recordFunction(column.fields ?? [], functions, false)
    // a REQUIRED record without a value is for the plan to judge
    const some = column.mode === 'REQUIRED' ? ' || Object.keys(v).length === 0' : ''
    return `if (typeof v !== 'object' || Array.isArray(v)${some}) return false;
    ${tag(number, BYTES)} x = row.openMessage(); if (!${inside}(row, v)) return false; row.closeMessage(x);`
  }
  if (column.type === 'JSON') {
    const some = column.mode === 'REQUIRED' ? `if (typeof v === 'object') return false; ` : ''
    return `${some}${tag(number, BYTES)} row.text(toJsonText(v));`
  }
  const write = WRITES[column.type]
  return write ? write(number) : 'return false;'
}

const WRITES: Partial<Record<ColumnType, (number: number) => string>> = {
  STRING: (number) => `if (typeof v !== 'string') return false; ${tag(number, BYTES)} row.text(v);`,
  INT64: (number) => `if (!Number.isSafeInteger(v)) return false; ${tag(number, VARINT)} row.int64(v);`,
  FLOAT64: (number) => `if (typeof v !== 'number') return false; ${tag(number, FIXED64)} row.double(v);`,
  NUMERIC: (number) =>
    `if (typeof v !== 'number' || !fitsType('NUMERIC', v)) return false; ${tag(number, BYTES)} row.text(String(v));`,
  BOOL: (number) => `if (typeof v !== 'boolean') return false; ${tag(number, VARINT)} row.varint(v ? 1 : 0);`,
  TIMESTAMP: (number) => converted('timestampMicros', number),
  DATE: (number) => converted('dateDays', number),
}

function converted(convert: string, number: number): string {
  return `x = typeof v === 'string' ? ${convert}(v) : undefined; if (x === undefined) return false; ${tag(number, VARINT)} row.int64(x);`
}

function tag(number: number, kind: number): string {
  return `row.tag(${number * 8 + kind});`
}
