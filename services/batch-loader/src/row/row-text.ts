import {
  decimalText,
  doubleOf,
  fitsColumn,
  hasContent,
  identityOf,
  int64Of,
  isArray,
  isEnvelopeKey,
  isObject,
  isSystemKey,
  jsonColumnText,
  timestampMicros,
  toJsonText,
  type Column,
  type ColumnType,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import type { EmptyPlaces } from './empty-places.ts'

/** An event's own columns as members of a JSON object, without the braces. */
export interface RowText {
  readonly members: string
  /** False when the event holds something that found no place: the plan tells what. It is not in the text. */
  readonly complete: boolean
  /** Where it holds `[]` or `{}` without a column; absent: nowhere. */
  readonly empty?: EmptyPlaces
}

export type WriteRow = (event: JsonObject) => RowText

/** JSON of a value; undefined when it does not fit. */
type WriteValue = (value: JsonValue, misfit: Misfit) => string | undefined

interface Misfit {
  found: boolean
  /** A key that has no column holds what says nothing: some columns would keep it all the same. */
  passed: boolean
  /** Where in the event that was. */
  empty?: { readonly inside: string[]; readonly members: string[] }
}

interface MapOfField {
  readonly name: string
  readonly column: number
}

interface Field {
  readonly name: string
  readonly write: WriteValue
  /** Its place among the columns. */
  readonly column: number
  readonly map?: MapOfField
}

interface Fields {
  readonly byKey: ReadonlyMap<string, Field>
  readonly required: ReadonlySet<string>
}

/**
 * Compiles a writer for a table's columns: an event becomes a line of the file that a load job reads. The same rules as those of
 * stream-writer's encoder: null, `[]` and `{}` say nothing, an array goes whole or not at all, an object that its RECORD has no columns
 * for goes whole to the map column beside it.
 *
 * Numbers that a double does not hold are JSON texts, which load jobs read to the last digit; JSON columns hold their value as it is
 * (docs: loading JSON data, "loaded with the raw JSON values").
 *
 * @param used gets true at the place of each column that a row has a value of
 */
export function compileRowText(columns: readonly Column[], used: boolean[] = []): WriteRow {
  const fields = fieldsOf(columns, true)
  return (event) => {
    const misfit: Misfit = { found: false, passed: false }
    const members = writeMembers(fields, event, misfit, used)
    return { members, complete: !misfit.found, ...(misfit.empty && { empty: misfit.empty }) }
  }
}

/** Whether a column must have a value: then a complete row may still ask for another mode of it. */
export function requiresValues(columns: readonly Column[], isEvent = true): boolean {
  return columns.some(
    ({ key, mode, fields = [] }) =>
      (mode === 'REQUIRED' && !(isEvent && (isEnvelopeKey(key) || isSystemKey(key)))) ||
      requiresValues(fields, false),
  )
}

function fieldsOf(columns: readonly Column[], isEvent = false): Fields {
  const nameOf = ({ name }: Column) => `${JSON.stringify(name)}:`
  const maps = new Map(
    columns.flatMap((each, column) => (each.map ? [[each.key, { name: nameOf(each), column }]] : [])),
  )
  const places = new Map(columns.map((each, column) => [each, column]))
  const own = columns.filter(({ key, map }) => !map && !(isEvent && (isEnvelopeKey(key) || isSystemKey(key))))
  return {
    byKey: new Map(
      own.map((each) => {
        const map = maps.get(each.key)
        const column = places.get(each)!
        return [each.key, { name: nameOf(each), write: writerOf(each), column, ...(map && { map }) }]
      }),
    ),
    required: new Set(own.filter(({ mode }) => mode === 'REQUIRED').map(({ key }) => key)),
  }
}

/** @param used as `compileRowText` has it; absent: it is no event, but an object in one */
function writeMembers(
  { byKey, required }: Fields,
  object: JsonObject,
  misfit: Misfit,
  used?: boolean[],
): string {
  let text = ''
  let found = 0
  for (const key in object) {
    const value = object[key]!
    if (value === null) continue
    const identity = identityOf(key)
    const field = byKey.get(identity)
    if (!field) {
      if (used && isEnvelopeKey(key)) continue
      if (hasContent(value)) misfit.found = true
      else if (used) emptyOf(misfit).members.push(`{${JSON.stringify(key)}:${toJsonText(value)}}`)
      else misfit.passed = true
      continue
    }
    const written = field.map === undefined ? field.write(value, misfit) : besideMap(field.write, value)
    if (used && misfit.passed) {
      misfit.passed = false
      emptyOf(misfit).inside.push(identity)
    }
    if (written === undefined) {
      if (field.map) {
        if (used) used[field.map.column] = true
        text += `${text === '' ? '' : ','}${field.map.name}${jsonColumnText(value)}`
      } else if (!isEmpty(value)) misfit.found = true
      continue
    }
    if (written === '') continue
    if (used) used[field.column] = true
    text += `${text === '' ? '' : ','}${field.name}${written}`
    if (required.has(identity)) found++
  }
  if (found < required.size) misfit.found = true
  return text
}

const emptyOf = (misfit: Misfit) => (misfit.empty ??= { inside: [], members: [] })

/** The text where the RECORD takes all of the value. */
function besideMap(write: WriteValue, value: JsonValue): string | undefined {
  const misfit: Misfit = { found: false, passed: false }
  const written = write(value, misfit)
  return misfit.found ? undefined : written
}

function writerOf(column: Column): WriteValue {
  const one = column.type === 'RECORD' ? recordWriter(column) : scalarWriter(column)
  return column.mode === 'REPEATED' ? arrayWriter(one, column) : one
}

function recordWriter({ fields = [] }: Column): WriteValue {
  const inside = fieldsOf(fields)
  return (value, misfit) => (isObject(value) ? `{${writeMembers(inside, value, misfit)}}` : undefined)
}

function arrayWriter(write: WriteValue, column: Column): WriteValue {
  const { type } = column
  return (value, misfit) => {
    if (!isArray(value)) return isEmpty(value) ? '' : undefined
    if (value.length === 0) return ''
    let text = ''
    for (const element of value) {
      const fits = element !== null && (type === 'RECORD' ? isObject(element) : fitsColumn(column, element))
      const written = fits ? write(element, misfit) : undefined
      if (written === undefined) return undefined
      text += text === '' ? written : `,${written}`
    }
    return `[${text}]`
  }
}

/** Undefined for a type that only others give a column: the plan calls every value for it a conflict. */
function scalarWriter(column: Column): WriteValue {
  const { type } = column
  if (type === 'TIMESTAMP') return (value) => (typeof value === 'string' ? timestampText(value) : undefined)
  const write = SCALARS[type]
  return write ? (value) => (fitsColumn(column, value) ? write(value as never) : undefined) : () => undefined
}

const inQuotes = (text: string) => `"${text}"`

const SCALARS: Readonly<Partial<Record<ColumnType, (value: never) => string>>> = {
  STRING: (value: string) => JSON.stringify(value),
  TIME: inQuotes,
  DATE: inQuotes,
  BOOL: String,
  INT64: (value: number | bigint) => int64Text(int64Of(value)),
  FLOAT64: (value: JsonValue) => JSON.stringify(doubleOf(value)),
  NUMERIC: (value: JsonValue) => inQuotes(decimalText(value)),
  BIGNUMERIC: (value: JsonValue) => inQuotes(decimalText(value)),
  JSON: (value: JsonValue) => jsonColumnText(value),
}

function int64Text(value: number | bigint): string {
  return Number.isSafeInteger(value) ? JSON.stringify(value) : inQuotes(String(BigInt(value)))
}

const LETTER_Z = 90
const LETTER_T = 84

/** In one spelling, whatever the event's is. */
function timestampText(text: string): string | undefined {
  const micros = timestampMicros(text)
  if (micros === undefined) return undefined
  const isPlain =
    text.charCodeAt(text.length - 1) === LETTER_Z && text.charCodeAt(10) === LETTER_T && text.length <= 27
  return isPlain ? inQuotes(text) : inQuotes(spelled(BigInt(micros)))
}

function spelled(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = (micros - fraction) / 1_000_000n
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${whole}.${String(fraction).padStart(6, '0')}Z`
}

function isEmpty(value: JsonValue): boolean {
  if (isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}
