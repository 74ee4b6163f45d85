import {
  isEnvelopeKey,
  isRawNumber,
  QUICK_HELPERS,
  SCALAR_TYPES,
  type Column,
  type JsonObject,
} from '@tablestream/table-schema'
import type { RowBuffer } from './row-buffer.ts'
import { BYTES, SCALAR_WRITERS, WRITE_HELPERS } from './scalar-writers.ts'

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
  const build = new Function(...Object.keys(HELPERS), source) as (...helpers: unknown[]) => FastPath
  return build(...Object.values(HELPERS))
}

const HELPERS: Readonly<Record<string, unknown>> = { ...QUICK_HELPERS, ...WRITE_HELPERS, isRawNumber }

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

/** The statement that writes `v`, or returns false: for what is outside of the type's quick test. */
function writeOne(column: Column, number: number, functions: string[]): string {
  const { type, mode, limit, fields = [] } = column
  if (type === 'RECORD') {
    const inside = recordFunction(fields, functions, false)
    // a REQUIRED record without a value is for the plan to judge
    const some = mode === 'REQUIRED' ? ' || Object.keys(v).length === 0' : ''
    // a RawNumber has one key, which an object of an event may have, too
    const raw = fields.some(({ key }) => key === 'rawJSON') ? ' || isRawNumber(v)' : ''
    return `if (typeof v !== 'object' || Array.isArray(v)${raw}${some}) return false;
    ${tag(number, BYTES)} x = row.openMessage(); if (!${inside}(row, v)) return false; row.closeMessage(x);`
  }
  const writer = SCALAR_WRITERS[type]
  // the slow path looks at what a limit allows
  if (!writer || limit) return 'return false;'
  const { wire, convert, source } = writer
  if (convert !== undefined) {
    return `x = typeof v === 'string' ? ${convert}(v) : undefined; if (x === undefined) return false; ${tag(number, wire)} ${source}`
  }
  // `[]` and `{}` are no values for a REQUIRED column
  const test = type === 'JSON' && mode === 'REQUIRED' ? `typeof v !== 'object'` : SCALAR_TYPES[type]!.quick
  return `if (!(${test})) return false; ${tag(number, wire)} x = v; ${source}`
}

function tag(number: number, wire: number): string {
  return `row.tag(${number * 8 + wire});`
}
