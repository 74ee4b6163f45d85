import { countColumns, type Column, type ColumnType, type Shape } from './column.ts'
import { indexOf } from './field-index.ts'
import { fitsNewColumn, fitsType } from './scalar-types.ts'
import { inferShape } from './infer-column.ts'
import { joinShapes, MOST_RECORD_FIELDS } from './join-shapes.ts'
import { isArray, isObject, pointer, type JsonObject, type JsonValue } from './json-text.ts'
import { identityOf, keyOfIdentity } from './key-identity.ts'
import { columnName } from './legal-name.ts'
import { nameShapes } from './name-shapes.ts'
import { hasContent, saysNothing } from './nothing.ts'
import { typeForBoth } from './type-for-both.ts'
import { widerType } from './number-types.ts'
import type { Conflict } from './plan.ts'
import { isEnvelopeKey, isSystemKey } from './system-columns.ts'
import type { Walk } from './walk.ts'

/** Where in the event, and under which column, a walk is. */
export interface Place {
  /** JSON pointer. */
  readonly path: string
  /** Column names, joined by dots. */
  readonly columnPath: string
  /** How many RECORDs enclose the object. */
  readonly depth: number
  /** Inside a REPEATED RECORD, where BigQuery changes no type. */
  readonly inArray: boolean
  /** Inside a RECORD that the walk added. */
  readonly isNew: boolean
}

/** The shape that a new key asks for, and a value that asked for it. */
interface Wanted {
  readonly shape: Shape
  readonly value: JsonValue
  readonly key: string
}

/** The columns of a record after the plan for one object; the very list that was given where nothing changes. */
export function planRecord(
  columns: readonly Column[],
  object: JsonObject,
  place: Place,
  walk: Walk,
): readonly Column[] {
  const { byKey } = indexOf(columns)
  const changes = new Map<Column, Column>()
  const maps: Column[] = []
  const wanted = new Map<string, Wanted>()
  for (const key of Object.keys(object)) {
    if (place.depth === 0 && isEnvelopeKey(key)) continue
    const value = object[key]!
    const identity = identityOf(key)
    const existing = byKey.get(identity)
    if (existing) {
      const after = planColumn(existing, columns, value, at(place, key, existing.name), walk)
      if (after === MAP_NEEDED) maps.push(existing)
      else if (after !== existing) changes.set(existing, after)
    } else want(key, value, place, walk, wanted)
  }
  for (const column of missingRequired(columns, object, place)) {
    changes.set(column, walk.change(column, { mode: 'NULLABLE' }))
    walk.relaxed.push(at(place, column.key, column.name).columnPath)
  }
  if (changes.size === 0 && wanted.size === 0 && maps.length === 0) return columns
  const columnsNow = walk.grow(columns, changes, addColumns(columns, wanted, place, walk))
  return maps.length === 0 ? columnsNow : [...columnsNow, ...addMaps(columnsNow, maps, object, place, walk)]
}

function at(place: Place, key: string, name: string): Place {
  const columnPath = place.columnPath === '' ? name : `${place.columnPath}.${name}`
  return { ...place, path: pointer(place.path, key), columnPath }
}

function want(key: string, value: JsonValue, place: Place, walk: Walk, wanted: Map<string, Wanted>): void {
  const shape = inferShape(value, place.depth)
  // paths are made for conflicts alone: they cost more than the look at the value
  const conflictOf = (reason: Conflict['reason']) =>
    walk.conflicts.push({ path: pointer(place.path, key), reason, value })
  if (!shape) {
    if (hasContent(value)) conflictOf('no_column_type')
  } else if (walk.frozen || !isAdmitted(key, place, walk)) conflictOf('columns_frozen')
  else wanted.set(identityOf(key), { shape, value, key })
}

function isAdmitted(key: string, { columnPath }: Place, { admit }: Walk): boolean {
  return admit === undefined || admit(columnPath === '' ? key : `${columnPath}.${key}`)
}

function addColumns(
  columns: readonly Column[],
  wanted: ReadonlyMap<string, Wanted>,
  place: Place,
  walk: Walk,
): readonly Column[] {
  const shapes = new Map<string, Shape>()
  for (const [identity, { shape, value, key }] of wanted) {
    if (walk.takeRoom(1 + countColumns(shape.fields ?? []))) shapes.set(identity, shape)
    else walk.conflicts.push({ path: pointer(place.path, key), reason: 'column_limit', value })
  }
  const added = nameShapes(shapes, indexOf(columns).taken)
  for (const column of added) walk.add(column, at(place, column.key, column.name).columnPath)
  return added
}

/** JSON columns beside RECORDs that are full. */
function addMaps(
  columns: readonly Column[],
  records: readonly Column[],
  object: JsonObject,
  place: Place,
  walk: Walk,
): readonly Column[] {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  return records.flatMap((record): Column[] => {
    const key = record.key
    const name = columnName(`${record.name}_map`, taken)
    const path = pointer(place.path, keyOfIdentity(key) ?? record.name)
    if (walk.frozen || !walk.takeRoom(1)) {
      const reason = walk.frozen ? 'columns_frozen' : 'column_limit'
      walk.conflicts.push({ path, reason, value: valueOf(object, key) })
      return []
    }
    taken.add(name.toLowerCase())
    const column: Column = { name, key, type: 'JSON', mode: 'NULLABLE', map: true }
    walk.add(column, at(place, key, name).columnPath)
    return [column]
  })
}

/** REQUIRED columns that the object has no value for. The envelope's columns always have one. */
function missingRequired(
  columns: readonly Column[],
  object: JsonObject,
  { depth }: Place,
): readonly Column[] {
  const { required } = indexOf(columns)
  return required.filter(({ key }) => {
    const isOurs = depth === 0 && (isEnvelopeKey(key) || isSystemKey(key))
    return !isOurs && saysNothing(valueOf(object, key))
  })
}

/** The value of the key that has this identity. */
function valueOf(object: JsonObject, identity: string): JsonValue {
  const key = keyOfIdentity(identity) ?? Object.keys(object).find((each) => identityOf(each) === identity)
  return key !== undefined && Object.hasOwn(object, key) ? object[key]! : null
}

const MAP_NEEDED = Symbol('the record is full')

function planColumn(
  column: Column,
  siblings: readonly Column[],
  value: JsonValue,
  place: Place,
  walk: Walk,
): Column | typeof MAP_NEEDED {
  // the three values that say nothing are NULL in every column; a JSON column keeps `[]` and `{}` as they are
  if (saysNothing(value) || (column.type === 'JSON' && column.mode !== 'REPEATED')) return column
  if (column.type !== 'RECORD') return planScalar(column, value, place, walk)
  const elements = column.mode === 'REPEATED' ? value : [value]
  if (!isArray(elements) || !elements.every(isObject)) return conflict(column, value, place, walk)
  const before = column.fields ?? []
  const hasMap = indexOf(siblings).maps.has(column.key)
  const fields = walk.attempt(() => {
    const conflicts = walk.conflicts.length
    const after = planElements(column, elements, place, walk)
    // beside a map column the RECORD takes what fits it entirely; a RECORD that is full grows a map column
    if (hasMap) return after === before && walk.conflicts.length === conflicts ? after : undefined
    return after.length > before.length && after.length > MOST_RECORD_FIELDS ? undefined : after
  })
  if (fields === undefined) return hasMap ? column : MAP_NEEDED
  return fields === before ? column : walk.change(column, { fields })
}

function planElements(
  column: Column,
  elements: readonly JsonObject[],
  place: Place,
  walk: Walk,
): readonly Column[] {
  const before = column.fields ?? []
  const isNew = place.isNew || walk.isNew(column)
  const record = { ...place, depth: place.depth + 1, isNew }
  if (column.mode !== 'REPEATED') return planRecord(before, elements[0]!, record, walk)
  const within = { ...record, inArray: true }
  let after = addJoined(before, elements, within, walk)
  elements.forEach((element, index) => {
    after = planRecord(after, element, { ...within, path: pointer(place.path, index) }, walk)
  })
  return after
}

/**
 * Adds the columns for keys that are new in several elements by what all of them hold, so that a price that is 10 in one
 * element and 10.5 in the next makes FLOAT64 and no conflict.
 */
function addJoined(
  columns: readonly Column[],
  elements: readonly JsonObject[],
  place: Place,
  walk: Walk,
): readonly Column[] {
  // a column that may not be added yet is left to the walk of each element, which says so by its path
  if (walk.frozen) return columns
  const { byKey } = indexOf(columns)
  const wanted = new Map<string, Wanted>()
  for (const element of elements) {
    for (const key of Object.keys(element)) {
      const identity = identityOf(key)
      if (byKey.has(identity) || !isAdmitted(key, place, walk)) continue
      const value = element[key]!
      const shape = inferShape(value, place.depth)
      const known = wanted.get(identity)
      if (shape) wanted.set(identity, { value, key, shape: known ? joinShapes(known.shape, shape) : shape })
    }
  }
  return wanted.size === 0 ? columns : [...columns, ...addColumns(columns, wanted, place, walk)]
}

function planScalar(column: Column, value: JsonValue, place: Place, walk: Walk): Column {
  const { type } = column
  const isRepeated = column.mode === 'REPEATED'
  const values = isRepeated ? value : [value]
  const fits = isArray(values) && fitAll(type, values)
  if (fits && (type !== 'FLOAT64' || values.every((each) => fitsNewColumn(type, each)))) return column
  // in a table that is still to be made, or a column, no value stands yet
  const retyped = place.isNew || walk.isNew(column) ? typeForBoth(type, values) : undefined
  if (retyped) return walk.change(column, { type: retyped })
  if (fits) return column
  if (isRepeated) return conflict(column, value, place, walk)
  const wider = place.inArray || walk.frozen ? undefined : widerType(type, value)
  if (wider === undefined || walk.widen?.(place.columnPath, wider) === false)
    return conflict(column, value, place, walk)
  walk.widened.push({ path: place.columnPath, from: type, to: wider })
  return walk.change(column, { type: wider })
}

function fitAll(type: ColumnType, values: readonly JsonValue[]): boolean {
  return values.every((value) => value !== null && fitsType(type, value))
}

function conflict(column: Column, value: JsonValue, place: Place, walk: Walk): Column {
  const { type, mode } = column
  walk.conflicts.push({
    path: place.path,
    reason: 'type_conflict',
    value,
    columnType: type,
    columnMode: mode,
  })
  return column
}
