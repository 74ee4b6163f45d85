import { dateDays, isTime, timestampMicros } from './calendar.ts'
import type { Column, ColumnType, Shape } from './column.ts'
import { fitsNewColumn, SCALAR_TYPES } from './scalar-types.ts'
import { joinShapes, JSON_SHAPE, MOST_RECORD_FIELDS } from './join-shapes.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from './json-text.ts'
import { identityOf } from './key-identity.ts'
import { nameEntries } from './name-shapes.ts'
import { numberType } from './number-types.ts'
import { isRawNumber } from './raw-number.ts'

/** BigQuery nests RECORDs to 15 levels; an object below that becomes a JSON column. */
export const MAX_RECORD_DEPTH = 15

/**
 * What kind of column a value asks for, or undefined where it says nothing about a type: null, `[]`, `{}`, and what
 * holds nothing else. A number that no column holds says nothing either.
 *
 * @param depth how many RECORDs enclose the value
 */
export function inferShape(value: JsonValue, depth: number): Shape | undefined {
  if (isArray(value)) return inferRepeated(value, depth)
  if (isObject(value)) return inferRecord(value, depth)
  const type = scalarType(value)
  return type && SCALAR_SHAPES[type]
}

/** One shape for each type: most values of an event ask for one of a handful. */
const SCALAR_SHAPES: Readonly<Partial<Record<string, Shape>>> = Object.fromEntries(
  Object.keys(SCALAR_TYPES).map((type) => [type, Object.freeze({ type, mode: 'NULLABLE' } as Shape)]),
)

function scalarType(value: JsonValue): ColumnType | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'BOOL'
    case 'number':
    case 'bigint':
      return numberType(value)
    case 'string':
      return textType(value)
    default:
      return isRawNumber(value) ? numberType(value) : undefined
  }
}

const ZERO = 48
const NINE = 57

export function textType(text: string): ColumnType {
  // times and days begin with digits
  const first = text.charCodeAt(0)
  if (!(first >= ZERO && first <= NINE)) return 'STRING'
  if (timestampMicros(text) !== undefined) return 'TIMESTAMP'
  if (dateDays(text) !== undefined) return 'DATE'
  return isTime(text) ? 'TIME' : 'STRING'
}

function inferRecord(value: JsonObject, depth: number): Shape | undefined {
  if (depth >= MAX_RECORD_DEPTH) return Object.keys(value).length > 0 ? JSON_SHAPE : undefined
  // hundreds of keys in one object are data and not names: a map
  if (Object.keys(value).length > MOST_RECORD_FIELDS) return JSON_SHAPE
  const fields = inferFields(value, depth + 1)
  return fields.length > 0 ? { type: 'RECORD', mode: 'NULLABLE', fields } : undefined
}

/** The columns of an object's keys, in the order of the keys; those that say nothing are left out. */
function inferFields(object: JsonObject, depth: number): readonly Column[] {
  const identities: string[] = []
  const shapes: Shape[] = []
  for (const key of Object.keys(object)) {
    const shape = inferShape(object[key]!, depth)
    if (!shape) continue
    identities.push(identityOf(key))
    shapes.push(shape)
  }
  return nameEntries(identities, shapes)
}

/** The columns that an event asks for on its own, without any table: what `mergeColumns` takes. */
export function inferColumns(event: JsonObject): readonly Column[] {
  return inferFields(event, 0)
}

/** What may hold all values of an array, the narrowest first. Here they can be looked at, and not only their types. */
function typesFor(joined: ColumnType): readonly ColumnType[] {
  if (joined === 'BIGNUMERIC') return ['NUMERIC', joined]
  return joined === 'FLOAT64' ? [joined, 'NUMERIC', 'BIGNUMERIC'] : [joined]
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
  const type = typesFor(joined.type).find((each) => values.every((value) => fitsNewColumn(each, value)))
  // a number that no column holds, or none that holds the others too; `{}` among scalars
  return type ? { type, mode: 'REPEATED' } : JSON_SHAPE
}
