import type { Column } from '../columns/column.ts'
import { indexOf } from '../columns/field-index.ts'
import type { JsonObject } from '../json/json-text.ts'
import { isRawNumber } from '../json/raw-number.ts'
import { QUICK_HELPERS, SCALAR_TYPES } from '../types/scalar-types.ts'
import { isEnvelopeKey, SYSTEM_COLUMNS } from '../columns/system-columns.ts'

/** True only for an event that the columns take as it is. False says nothing: the plan looks closer. */
export type Matcher = (event: JsonObject) => boolean

/** A function of so many columns would be too large for the engine to make fast. */
const MOST_COLUMNS = 1000

/**
 * Compiling costs about as much as the closer look at as many events. A table that grows with each event has a new list of
 * columns each time: none of those is asked often enough.
 */
const FIRST_LOOKS = 2
const COLUMNS_A_LOOK = 25

/**
 * A matcher reads every column, the closer look every key of the event: a column costs it a thirtieth of what a key costs the closer
 * look. Few lists are so wide that this counts.
 */
const WIDE = 100
const COLUMNS_A_KEY = 30

const never: Matcher = () => false
const matchers = new WeakMap<readonly Column[], Matcher>()
const looks = new WeakMap<readonly Column[], number>()

/** Whether the columns take the event as it is. False says nothing: the plan looks closer. */
export function matches(columns: readonly Column[], event: JsonObject): boolean {
  return !isSparse(columns, event) && matcherOf(columns)(event)
}

function isSparse({ length }: readonly Column[], event: JsonObject): boolean {
  if (length <= WIDE) return false
  let keys = 0
  for (const key in event) {
    // what the closer look would walk through has keys of its own
    if (typeof event[key] === 'object' && event[key] !== null) return false
    keys++
  }
  return keys * COLUMNS_A_KEY < length
}

/** The matcher of a list of columns, compiled once, and not before it is worth it. */
function matcherOf(columns: readonly Column[]): Matcher {
  const matcher = matchers.get(columns)
  if (matcher) return matcher
  const looked = looks.get(columns) ?? 0
  if (looked < FIRST_LOOKS + columns.length / COLUMNS_A_LOOK) {
    looks.set(columns, looked + 1)
    return never
  }
  const compiled = compileMatcher(columns)
  matchers.set(columns, compiled)
  looks.delete(columns)
  return compiled
}

const HELPERS: Readonly<Record<string, unknown>> = { ...QUICK_HELPERS, isRawNumber }

/**
 * Compiles the columns into one function for each record, with the keys written out: the engine then reads each key from
 * its place in the object, where a loop would look each one up in a map. An event fits when every key has a column, every
 * value its type, and every REQUIRED column a value. Keys go into the source as JSON texts, never as they are.
 */
function compileMatcher(columns: readonly Column[]): Matcher {
  const { taken } = indexOf(columns)
  if (columns.length > MOST_COLUMNS || !SYSTEM_COLUMNS.every(({ name }) => taken.has(name))) return never
  const functions: string[] = []
  const entry = recordFunction(columns, functions, true)
  const source = `'use strict';\n${functions.join('\n')}\nreturn ${entry}`
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- built from columns alone, see above
  const build = new Function(...Object.keys(HELPERS), source) as (...helpers: unknown[]) => Matcher
  return build(...Object.values(HELPERS))
}

function recordFunction(columns: readonly Column[], functions: string[], isEvent: boolean): string {
  const checks = columns.flatMap((column) => {
    const { key, map } = column
    // keys that are not themselves (too long, or beginning with NUL) are left to the plan
    if (map || key.startsWith('\0')) return []
    const text = JSON.stringify(key)
    // every object answers to these, whether the event has them or not
    const read =
      key in Object.prototype ? `v = Object.hasOwn(o, ${text}) ? o[${text}] : undefined;` : `v = o[${text}];`
    // the envelope has rules of its own for these
    if (isEvent && isEnvelopeKey(key)) return [`${read} if (v !== undefined) left--;`]
    return [`${read} ${checkOf(column, functions)}`]
  })
  const name = `record${functions.length}`
  functions.push(`function ${name}(o) {
  let v, left = 0;
  for (const key in o) left++;
  ${checks.join('\n  ')}
  return left === 0;
}`)
  return name
}

function checkOf(column: Column, functions: string[]): string {
  const required = column.mode === 'REQUIRED'
  const test = column.mode === 'REPEATED' ? repeatedTest(column, functions) : oneTest(column, functions)
  const absent = required ? 'else return false;' : ''
  const isNull = required ? 'return false;' : 'left--;'
  return `if (v !== undefined) { if (v === null) { ${isNull} } else if (${test}) left--; else return false; } ${absent}`
}

function repeatedTest(column: Column, functions: string[]): string {
  const name = `array${functions.length}`
  const element = oneTest({ ...column, mode: 'NULLABLE' }, functions)
  functions.push(`function ${name}(a) {
  if (!Array.isArray(a)) return false;
  for (let i = 0; i < a.length; i++) { const v = a[i]; if (v === null || !(${element})) return false; }
  return true;
}`)
  return `${name}(v)`
}

/** The test of a value `v`. */
function oneTest(column: Column, functions: string[]): string {
  if (column.type === 'RECORD') {
    const { fields = [] } = column
    const inside = recordFunction(fields, functions, false)
    // an empty object is no value for a REQUIRED record: the plan decides
    const some = column.mode === 'REQUIRED' ? ` && Object.keys(v).length > 0` : ''
    return `typeof v === 'object' && !Array.isArray(v)${isNoNumber(fields)}${some} && ${inside}(v)`
  }
  // the plan looks closer
  if (column.limit) return 'false'
  // `[]` and `{}` are no values for a REQUIRED column
  if (column.type === 'JSON' && column.mode === 'REQUIRED') return `typeof v !== 'object'`
  return SCALAR_TYPES[column.type]?.quick ?? 'false'
}

/** A RawNumber has one key, which an object of an event may have, too. */
function isNoNumber(fields: readonly Column[]): string {
  return fields.some(({ key }) => key === 'rawJSON') ? ' && !isRawNumber(v)' : ''
}
