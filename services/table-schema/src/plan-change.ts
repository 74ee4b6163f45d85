import { countColumns, type Column, type ColumnMode, type ColumnType } from './column.ts'
import { indexOf } from './field-index.ts'
import { fitsType } from './fits-type.ts'
import { inferShape, joinShapes, nameColumn, type Shape } from './infer-column.ts'
import { isArray, isObject, pointer, type JsonObject, type JsonValue } from './json-text.ts'
import { isEnvelopeKey, SYSTEM_COLUMNS } from './system-columns.ts'

export type ConflictReason =
  /** The column holds another type or mode, which BigQuery does not change. */
  | 'type_conflict'
  /** There is content, but none that tells a type (`[{}]`), or a number that no column holds. */
  | 'no_column_type'
  /** The table has as many columns as it may. */
  | 'column_limit'

/** A value that no change of the schema makes fit. `path` is a JSON pointer into the event. */
export interface Conflict {
  readonly path: string
  readonly reason: ConflictReason
  readonly value: JsonValue
  readonly columnType?: ColumnType
  /** REQUIRED: the row cannot go without the value. */
  readonly columnMode?: ColumnMode
}

export interface Plan {
  /** `fits`: the table can take the event as it is. `create`: there is no table. `alter`: columns are to be added. */
  readonly outcome: 'fits' | 'create' | 'alter'
  /** The table's columns once the plan is applied; the very list that was given where the outcome is `fits`. */
  readonly columns: readonly Column[]
  /** Paths of the columns to be added, by column names: `items.sku`. A new RECORD is one entry. */
  readonly added: readonly string[]
  /** Values that stay outside the columns, whatever is applied: they go to `_unmapped`. */
  readonly conflicts: readonly Conflict[]
}

export interface PlanOptions {
  /** BigQuery's limit, nested columns included. */
  readonly columnLimit?: number
  /** What a table of this event type begins with besides the system columns. */
  readonly contract?: readonly Column[]
}

interface Walk {
  readonly added: string[]
  readonly conflicts: Conflict[]
  /** Whether the table may have so many columns more; takes them from what is left. */
  readonly takeRoom: (columns: number) => boolean
}

/**
 * What must change for a table with these columns to take this event. Pure: the same columns and event give the same
 * plan on every instance. A plan only adds; it never removes, narrows or renames.
 *
 * @param columns the table's columns, or undefined where there is no table
 */
export function plan(
  columns: readonly Column[] | undefined,
  event: JsonObject,
  options: PlanOptions = {},
): Plan {
  const base = columns ? withSystemColumns(columns) : [...SYSTEM_COLUMNS, ...(options.contract ?? [])]
  const walk: Walk = { added: [], conflicts: [], takeRoom: roomWithin(options.columnLimit ?? 10_000, base) }
  if (columns && base !== columns) walk.added.push(...base.slice(columns.length).map(({ name }) => name))
  const planned = planRecord(base, event, { path: '', columnPath: '', depth: 0 }, walk)
  const outcome = columns === undefined ? 'create' : walk.added.length > 0 ? 'alter' : 'fits'
  return { outcome, columns: planned, added: walk.added, conflicts: walk.conflicts }
}

/** A table that others made may lack them; without `_unmapped` a value that fits nowhere would be lost. */
function withSystemColumns(columns: readonly Column[]): readonly Column[] {
  const { taken } = indexOf(columns)
  const missing = SYSTEM_COLUMNS.filter(({ name }) => !taken.has(name))
  return missing.length === 0 ? columns : [...columns, ...missing]
}

function roomWithin(limit: number, columns: readonly Column[]): Walk['takeRoom'] {
  // counted only when something is added: the common event adds nothing
  let left: number | undefined
  return (wanted) => {
    left ??= limit - countColumns(columns)
    if (wanted > left) return false
    left -= wanted
    return true
  }
}

interface Place {
  readonly path: string
  readonly columnPath: string
  /** How many RECORDs enclose the object. */
  readonly depth: number
}

function planRecord(
  columns: readonly Column[],
  object: JsonObject,
  place: Place,
  walk: Walk,
): readonly Column[] {
  const { byKey, taken } = indexOf(columns)
  let changed: Column[] | undefined
  let names: Set<string> | undefined
  for (const key of Object.keys(object)) {
    if (place.depth === 0 && isEnvelopeKey(key)) continue
    const value = object[key]!
    const existing = byKey.get(key)
    if (existing) {
      const after = planColumn(existing, value, at(place, key, existing.name), walk)
      if (after === existing) continue
      changed ??= [...columns]
      changed[columns.indexOf(existing)] = after
    } else {
      names ??= new Set(taken)
      const column = newColumn(key, value, place, names, walk)
      if (column) (changed ??= [...columns]).push(column)
    }
  }
  return changed ?? columns
}

function at(place: Place, key: string, name: string): Place {
  const columnPath = place.columnPath === '' ? name : `${place.columnPath}.${name}`
  return { path: pointer(place.path, key), columnPath, depth: place.depth }
}

function newColumn(
  key: string,
  value: JsonValue,
  place: Place,
  names: Set<string>,
  walk: Walk,
): Column | undefined {
  const shape = inferShape(value, place.depth)
  if (shape) return addColumn(key, shape, place, names, walk, value)
  if (hasContent(value))
    walk.conflicts.push({ path: pointer(place.path, key), reason: 'no_column_type', value })
  return undefined
}

function addColumn(
  key: string,
  shape: Shape,
  place: Place,
  names: Set<string>,
  walk: Walk,
  value: JsonValue,
): Column | undefined {
  if (!walk.takeRoom(1 + countColumns(shape.fields ?? []))) {
    walk.conflicts.push({ path: pointer(place.path, key), reason: 'column_limit', value })
    return undefined
  }
  const column = nameColumn(key, shape, names)
  walk.added.push(at(place, key, column.name).columnPath)
  return column
}

function planColumn(column: Column, value: JsonValue, place: Place, walk: Walk): Column {
  // the three values that say nothing are NULL in every column; a JSON column keeps `[]` and `{}` as they are
  if (saysNothing(value) || (column.type === 'JSON' && column.mode !== 'REPEATED')) return column
  if (column.mode === 'REPEATED') {
    if (!isArray(value)) return conflict(column, value, place, walk)
    if (column.type !== 'RECORD') {
      const fits = value.every((element) => element !== null && fitsType(column.type, element))
      return fits ? column : conflict(column, value, place, walk)
    }
    if (!value.every(isObject)) return conflict(column, value, place, walk)
    return planElements(column, value, place, walk)
  }
  if (column.type === 'RECORD') {
    if (!isObject(value)) return conflict(column, value, place, walk)
    return withFields(column, planRecord(column.fields ?? [], value, deeper(place), walk))
  }
  return fitsType(column.type, value) ? column : conflict(column, value, place, walk)
}

function planElements(column: Column, elements: readonly JsonObject[], place: Place, walk: Walk): Column {
  const before = column.fields ?? []
  const inside = deeper(place)
  let after = addJoined(before, elements, inside, walk)
  elements.forEach((element, index) => {
    after = planRecord(after, element, { ...inside, path: pointer(place.path, index) }, walk)
  })
  return withFields(column, after)
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
  const { byKey, taken } = indexOf(columns)
  const shapes = new Map<string, { shape: Shape; value: JsonValue }>()
  for (const element of elements) {
    for (const key of Object.keys(element)) {
      if (byKey.has(key)) continue
      const value = element[key]!
      const shape = inferShape(value, place.depth)
      const known = shapes.get(key)
      if (shape) shapes.set(key, { value, shape: known ? joinShapes(known.shape, shape) : shape })
    }
  }
  if (shapes.size === 0) return columns
  const names = new Set(taken)
  const added = [...shapes].map(([key, { shape, value }]) => addColumn(key, shape, place, names, walk, value))
  return [...columns, ...added.filter((column) => column !== undefined)]
}

const deeper = (place: Place): Place => ({ ...place, depth: place.depth + 1 })

function withFields(column: Column, fields: readonly Column[]): Column {
  return fields === column.fields ? column : { ...column, fields }
}

function conflict(column: Column, value: JsonValue, place: Place, walk: Walk): Column {
  walk.conflicts.push({
    path: place.path,
    reason: 'type_conflict',
    value,
    columnType: column.type,
    columnMode: column.mode,
  })
  return column
}

/** null, `[]` and `{}`: they tell no type, and every column but JSON keeps them as NULL (an empty ARRAY where REPEATED). */
export function saysNothing(value: JsonValue): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  if (isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

/** Whether something would be lost if the value were left out: anything but nothing, at any depth of plain objects. */
export function hasContent(value: JsonValue): boolean {
  if (isArray(value)) return value.length > 0
  if (isObject(value)) return Object.values(value).some(hasContent)
  return value !== null
}
