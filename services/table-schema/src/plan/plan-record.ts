import { countColumns, type Column, type Shape } from '../columns/column.ts'
import { indexOf } from '../columns/field-index.ts'
import { fitsColumn } from '../types/fits-column.ts'
import { fitsNewColumn } from '../types/scalar-types.ts'
import { inferShape, inferWanted } from '../shapes/infer-column.ts'
import { MOST_RECORD_FIELDS } from '../shapes/join-shapes.ts'
import { isArray, isObject, pointer, type JsonObject, type JsonValue } from '../json/json-text.ts'
import { identityOf, keyOfIdentity } from '../names/key-identity.ts'
import { columnName } from '../names/legal-name.ts'
import { nameShapes } from '../shapes/name-shapes.ts'
import { hasContent, saysNothing } from '../json/content.ts'
import { typeForBoth } from '../types/type-for-both.ts'
import { widerType } from '../types/number-types.ts'
import type { Conflict } from './plan-types.ts'
import { isEnvelopeKey, isSystemKey } from '../columns/system-columns.ts'
import { JoinedShapes, named } from '../shapes/wanted-shape.ts'
import type { PlanDraft } from './plan-draft.ts'

/** Where in the event, and under which column, a value stands. */
export interface Place {
  /** JSON pointer. */
  readonly path: string
  /** Column names, joined by dots. */
  readonly columnPath: string
  /** How many RECORDs enclose the object. */
  readonly depth: number
  /** Inside a REPEATED RECORD, where BigQuery changes no type. */
  readonly inArray: boolean
  /** Inside a RECORD that the plan adds. */
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
  draft: PlanDraft,
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
      const after = planColumn(existing, columns, value, at(place, key, existing.name), draft)
      if (after === MAP_NEEDED) maps.push(existing)
      else if (after !== existing) changes.set(existing, after)
    } else want(key, identity, value, { place, draft, wanted })
  }
  for (const column of missingRequired(columns, object, place)) {
    changes.set(column, draft.change(column, { mode: 'NULLABLE' }))
    draft.relaxed.push(at(place, column.key, column.name).columnPath)
  }
  if (changes.size === 0 && wanted.size === 0 && maps.length === 0) return columns
  const columnsNow = draft.grow(columns, changes, addColumns(columns, wanted, place, draft))
  return maps.length === 0 ? columnsNow : [...columnsNow, ...addMaps(columnsNow, maps, object, place, draft)]
}

function at(place: Place, key: string, name: string): Place {
  const columnPath = place.columnPath === '' ? name : `${place.columnPath}.${name}`
  return { ...place, path: pointer(place.path, key), columnPath }
}

interface Planning {
  readonly place: Place
  readonly draft: PlanDraft
  readonly wanted: Map<string, Wanted>
}

function want(key: string, identity: string, value: JsonValue, { place, draft, wanted }: Planning): void {
  const shape = inferShape(value, place.depth)
  // paths are made for conflicts alone: they cost more than the look at the value
  const conflictOf = (reason: Conflict['reason']) =>
    draft.conflicts.push({ path: pointer(place.path, key), reason, value })
  if (!shape) {
    if (hasContent(value)) conflictOf('no_column_type')
  } else if (draft.frozen || !isAdmitted(key, place, draft)) conflictOf('columns_frozen')
  else wanted.set(identity, { shape, value, key })
}

function isAdmitted(key: string, { columnPath }: Place, { admit }: PlanDraft): boolean {
  return admit === undefined || admit(columnPath === '' ? key : `${columnPath}.${key}`)
}

function addColumns(
  columns: readonly Column[],
  wanted: ReadonlyMap<string, Wanted>,
  place: Place,
  draft: PlanDraft,
): readonly Column[] {
  const shapes = new Map<string, Shape>()
  for (const [identity, { shape, value, key }] of wanted) {
    if (draft.takeRoom(1 + countColumns(shape.fields ?? []))) shapes.set(identity, shape)
    else draft.conflicts.push({ path: pointer(place.path, key), reason: 'column_limit', value })
  }
  const added = nameShapes(shapes, indexOf(columns).taken)
  for (const column of added) draft.add(column, at(place, column.key, column.name).columnPath)
  return added
}

/** JSON columns beside RECORDs that are full. */
function addMaps(
  columns: readonly Column[],
  records: readonly Column[],
  object: JsonObject,
  place: Place,
  draft: PlanDraft,
): readonly Column[] {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  return records.flatMap((record): Column[] => {
    const key = record.key
    const name = columnName(`${record.name}_map`, taken)
    const path = pointer(place.path, keyOfIdentity(key) ?? record.name)
    if (draft.frozen || !draft.takeRoom(1)) {
      const reason = draft.frozen ? 'columns_frozen' : 'column_limit'
      draft.conflicts.push({ path, reason, value: valueOf(object, key) })
      return []
    }
    taken.add(name.toLowerCase())
    const column: Column = { name, key, type: 'JSON', mode: 'NULLABLE', map: true }
    draft.add(column, at(place, key, name).columnPath)
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
  draft: PlanDraft,
): Column | typeof MAP_NEEDED {
  // the three values that say nothing are NULL in every column; a JSON column keeps `[]` and `{}` as they are
  if (saysNothing(value) || (column.type === 'JSON' && column.mode !== 'REPEATED')) return column
  if (column.type !== 'RECORD') return planScalar(column, value, place, draft)
  const elements = column.mode === 'REPEATED' ? value : [value]
  if (!isArray(elements) || !elements.every(isObject)) return conflict(column, value, place, draft)
  const before = column.fields ?? []
  const hasMap = indexOf(siblings).maps.has(column.key)
  const fields = draft.attempt(() => {
    const conflicts = draft.conflicts.length
    const after = planElements(column, elements, place, draft)
    // beside a map column the RECORD takes what fits it entirely; a RECORD that is full grows a map column
    if (hasMap) return after === before && draft.conflicts.length === conflicts ? after : undefined
    return after.length > before.length && after.length > MOST_RECORD_FIELDS ? undefined : after
  })
  if (fields === undefined) return hasMap ? column : MAP_NEEDED
  return fields === before ? column : draft.change(column, { fields })
}

function planElements(
  column: Column,
  elements: readonly JsonObject[],
  place: Place,
  draft: PlanDraft,
): readonly Column[] {
  const before = column.fields ?? []
  const isNew = place.isNew || draft.isNew(column)
  const record = { ...place, depth: place.depth + 1, isNew }
  if (column.mode !== 'REPEATED') return planRecord(before, elements[0]!, record, draft)
  const within = { ...record, inArray: true }
  let after = addJoined(before, elements, within, draft)
  elements.forEach((element, index) => {
    after = planRecord(after, element, { ...within, path: pointer(place.path, index) }, draft)
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
  draft: PlanDraft,
): readonly Column[] {
  // a column that may not be added yet is left to the look at each element, which says so by its path
  if (draft.frozen) return columns
  const { byKey } = indexOf(columns)
  const asked = new Map<string, Omit<Wanted, 'shape'> & { readonly shapes: JoinedShapes }>()
  for (const element of elements) {
    for (const key of Object.keys(element)) {
      const identity = identityOf(key)
      if (byKey.has(identity) || !isAdmitted(key, place, draft)) continue
      const value = element[key]!
      const one = inferWanted(value, place.depth)
      if (!one) continue
      const shapes = asked.get(identity)?.shapes
      shapes?.add(one)
      asked.set(identity, { value, key, shapes: shapes ?? new JoinedShapes(one) })
    }
  }
  if (asked.size === 0) return columns
  const joined = Array.from(asked, ([identity, { value, key, shapes }]): [string, Wanted] => [
    identity,
    { value, key, shape: named(shapes.shape) },
  ])
  return [...columns, ...addColumns(columns, new Map(joined), place, draft)]
}

function planScalar(column: Column, value: JsonValue, place: Place, draft: PlanDraft): Column {
  const { type } = column
  const isRepeated = column.mode === 'REPEATED'
  const values = isRepeated ? value : [value]
  const fits = isArray(values) && fitAll(column, values)
  if (fits && (type !== 'FLOAT64' || values.every((each) => fitsNewColumn(type, each)))) return column
  // in a table that is still to be made, or a column, no value stands yet
  const retyped = place.isNew || draft.isNew(column) ? typeForBoth(type, values) : undefined
  if (retyped) return draft.change(column, { type: retyped })
  if (fits) return column
  if (isRepeated) return conflict(column, value, place, draft)
  // a limit is somebody's decision
  const wider = place.inArray || draft.frozen || column.limit ? undefined : widerType(type, value)
  if (wider === undefined || draft.widen?.(place.columnPath, wider) === false)
    return conflict(column, value, place, draft)
  draft.widened.push({ path: place.columnPath, from: type, to: wider })
  return draft.change(column, { type: wider })
}

function fitAll(column: Column, values: readonly JsonValue[]): boolean {
  return values.every((value) => value !== null && fitsColumn(column, value))
}

function conflict(column: Column, value: JsonValue, place: Place, draft: PlanDraft): Column {
  const { type, mode, limit } = column
  draft.conflicts.push({
    path: place.path,
    reason: 'type_conflict',
    value,
    columnType: type,
    columnMode: mode,
    ...(limit && { columnLimit: limit }),
  })
  return column
}
