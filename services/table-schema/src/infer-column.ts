import { dateDays, timestampMicros } from './calendar.ts'
import type { Column, ColumnType } from './column.ts'
import { fitsType } from './fits-type.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from './json-text.ts'
import { columnName } from './legal-name.ts'

/** BigQuery nests RECORDs to 15 levels; an object below that becomes a JSON column. */
const MAX_RECORD_DEPTH = 15

/** Type, mode and fields of a column that has no name yet. */
export type Shape = Pick<Column, 'type' | 'mode' | 'fields'>

const JSON_SHAPE: Shape = { type: 'JSON', mode: 'NULLABLE' }

/**
 * What kind of column a value asks for, or undefined where it says nothing about a type: null, `[]`, `{}`, and what
 * holds nothing else. A bigint beyond INT64 and a number beyond a double say nothing either: no column here holds them.
 *
 * @param depth how many RECORDs enclose the value
 */
export function inferShape(value: JsonValue, depth: number): Shape | undefined {
  if (isArray(value)) return inferRepeated(value, depth)
  if (isObject(value)) return inferRecord(value, depth)
  const type = scalarType(value)
  return type && { type, mode: 'NULLABLE' }
}

function scalarType(value: JsonValue): ColumnType | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'BOOL'
    case 'number':
      return Number.isSafeInteger(value) ? 'INT64' : 'FLOAT64'
    case 'bigint':
      return fitsType('INT64', value) ? 'INT64' : undefined
    case 'string':
      if (timestampMicros(value) !== undefined) return 'TIMESTAMP'
      return dateDays(value) === undefined ? 'STRING' : 'DATE'
    default:
      return undefined
  }
}

function inferRecord(value: JsonObject, depth: number): Shape | undefined {
  if (depth >= MAX_RECORD_DEPTH) return Object.keys(value).length > 0 ? JSON_SHAPE : undefined
  const fields = inferFields(value, depth + 1)
  return fields.length > 0 ? { type: 'RECORD', mode: 'NULLABLE', fields } : undefined
}

/** The columns of an object's keys, in the order of the keys; those that say nothing are left out. */
function inferFields(object: JsonObject, depth: number, taken = new Set<string>()): readonly Column[] {
  const fields: Column[] = []
  for (const key of Object.keys(object)) {
    const shape = inferShape(object[key]!, depth)
    if (shape) fields.push(nameColumn(key, shape, taken))
  }
  return fields
}

/** Gives a shape its legal name, and notes the name as taken. */
export function nameColumn(key: string, shape: Shape, taken: Set<string>): Column {
  const name = columnName(key, taken)
  taken.add(name.toLowerCase())
  return { name, key, ...shape }
}

function inferRepeated(values: readonly JsonValue[], depth: number): Shape | undefined {
  if (values.length === 0) return undefined
  // an ARRAY in BigQuery holds neither NULL nor ARRAY, and one type only
  if (values.some((value) => value === null || isArray(value))) return JSON_SHAPE
  let joined: Shape | undefined
  for (const value of values) {
    const shape = inferShape(value, depth)
    if (shape) joined = joined ? joinShapes(joined, shape) : shape
  }
  if (!joined || joined.type === 'JSON') return joined
  if (joined.type === 'RECORD') return values.every(isObject) ? { ...joined, mode: 'REPEATED' } : JSON_SHAPE
  // INT64 beyond 2^53 among FLOAT64, a number that no column holds, `{}` among scalars
  const { type } = joined
  return values.every((value) => fitsType(type, value)) ? { ...joined, mode: 'REPEATED' } : JSON_SHAPE
}

/**
 * The narrowest shape that holds the values of both: INT64 and FLOAT64 make FLOAT64, two texts STRING, two RECORDs the
 * union of their fields, everything else JSON.
 */
export function joinShapes(a: Shape, b: Shape): Shape {
  const { type, mode } = a
  if (mode === b.mode) {
    if (type === 'RECORD' && b.type === 'RECORD')
      return { type, mode, fields: joinFields(a.fields!, b.fields!) }
    if (type === b.type) return a
    const scalar = joinScalars(type, b.type)
    if (scalar) return { type: scalar, mode }
  }
  return JSON_SHAPE
}

const TEXT: ReadonlySet<ColumnType> = new Set(['STRING', 'TIMESTAMP', 'DATE'])
const NUMBER: ReadonlySet<ColumnType> = new Set(['INT64', 'FLOAT64'])

function joinScalars(a: ColumnType, b: ColumnType): ColumnType | undefined {
  if (TEXT.has(a) && TEXT.has(b)) return 'STRING'
  return NUMBER.has(a) && NUMBER.has(b) ? 'FLOAT64' : undefined
}

function joinFields(a: readonly Column[], b: readonly Column[]): readonly Column[] {
  const joined = new Map(a.map((column) => [column.key, column]))
  const taken = new Set(a.map((column) => column.name.toLowerCase()))
  for (const column of b) {
    const mine = joined.get(column.key)
    joined.set(
      column.key,
      mine
        ? { name: mine.name, key: mine.key, ...joinShapes(shapeOf(mine), shapeOf(column)) }
        : nameColumn(column.key, shapeOf(column), taken),
    )
  }
  return [...joined.values()]
}

function shapeOf({ type, mode, fields }: Column): Shape {
  return fields ? { type, mode, fields } : { type, mode }
}
