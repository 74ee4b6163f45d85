import { dateDays, isTime, timestampMicros } from '../types/calendar.ts'
import type { Column, ColumnType, Shape } from '../columns/column.ts'
import { fitsNewColumn, SCALAR_TYPES } from '../types/scalar-types.ts'
import { MOST_RECORD_FIELDS } from './join-shapes.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../json/json-text.ts'
import { identityOf } from '../names/key-identity.ts'
import { numberType } from '../types/number-types.ts'
import { isRawNumber } from '../json/raw-number.ts'
import { JoinedShapes, named, WANTS_JSON, type WantedShape } from './wanted-shape.ts'

/** BigQuery nests RECORDs to 15 levels; an object below that becomes a JSON column. */
export const MAX_RECORD_DEPTH = 15

/**
 * What kind of column a value asks for, or undefined where it says nothing about a type: null, `[]`, `{}`, and what
 * holds nothing else. A number that no column holds says nothing either.
 *
 * @param depth how many RECORDs enclose the value
 */
export function inferShape(value: JsonValue, depth: number): Shape | undefined {
  const wanted = inferWanted(value, depth)
  return wanted && named(wanted)
}

/** The same without names: for values whose shapes are joined. */
export function inferWanted(value: JsonValue, depth: number): WantedShape | undefined {
  if (isArray(value)) return inferRepeated(value, depth)
  if (isObject(value)) return inferRecord(value, depth)
  const type = scalarType(value)
  return type && SCALAR_SHAPES[type]
}

/** One shape for each type: most values of an event ask for one of a handful. */
const SCALAR_SHAPES: Readonly<Partial<Record<string, WantedShape>>> = Object.fromEntries(
  Object.keys(SCALAR_TYPES).map((type) => [type, Object.freeze({ type, mode: 'NULLABLE' } as WantedShape)]),
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

function inferRecord(value: JsonObject, depth: number): WantedShape | undefined {
  if (depth >= MAX_RECORD_DEPTH) return Object.keys(value).length > 0 ? WANTS_JSON : undefined
  // hundreds of keys in one object are data and not names: a map
  if (Object.keys(value).length > MOST_RECORD_FIELDS) return WANTS_JSON
  const record = inferFields(value, depth + 1)
  return record.inside.length > 0 ? record : undefined
}

/** What an object's keys ask for, in the order of the keys; those that say nothing are left out. */
function inferFields(object: JsonObject, depth: number): Required<WantedShape> {
  const keys: string[] = []
  const inside: WantedShape[] = []
  for (const key of Object.keys(object)) {
    const wanted = inferWanted(object[key]!, depth)
    if (!wanted) continue
    keys.push(identityOf(key))
    inside.push(wanted)
  }
  return { type: 'RECORD', mode: 'NULLABLE', keys, inside }
}

/** The columns that an event asks for on its own, without any table: what `mergeColumns` takes. */
export function inferColumns(event: JsonObject): readonly Column[] {
  return named(inferFields(event, 0)).fields!
}

/** What may hold all values of an array, the narrowest first. Here they can be looked at, and not only their types. */
function typesFor(joined: ColumnType): readonly ColumnType[] {
  if (joined === 'BIGNUMERIC') return ['NUMERIC', joined]
  return joined === 'FLOAT64' ? [joined, 'NUMERIC', 'BIGNUMERIC'] : [joined]
}

function inferRepeated(values: readonly JsonValue[], depth: number): WantedShape | undefined {
  if (values.length === 0) return undefined
  // an ARRAY in BigQuery holds neither NULL nor ARRAY, and one type only
  if (values.some((value) => value === null || isArray(value))) return WANTS_JSON
  let all: JoinedShapes | undefined
  for (const value of values) {
    const wanted = inferWanted(value, depth)
    if (!wanted) continue
    if (all) all.add(wanted)
    else all = new JoinedShapes(wanted)
  }
  const joined = all?.shape
  if (!joined || joined.type === 'JSON') return joined
  if (joined.type === 'RECORD') return values.every(isObject) ? { ...joined, mode: 'REPEATED' } : WANTS_JSON
  const type = typesFor(joined.type).find((each) => values.every((value) => fitsNewColumn(each, value)))
  // a number that no column holds, or none that holds the others too; `{}` among scalars
  return type ? { type, mode: 'REPEATED' } : WANTS_JSON
}
