import type { Column, ColumnType, Shape } from '../columns/column.ts'
import { indexOf, replaceColumns } from '../columns/field-index.ts'
import { nameShapes } from './name-shapes.ts'

const JSON_SHAPE: Shape = { type: 'JSON', mode: 'NULLABLE' }

/**
 * An object with more keys than this is a map (`{"sku-1": …, "sku-2": …}`): its keys are data. The widest records of real
 * webhooks have about 110 keys.
 */
export const MOST_RECORD_FIELDS = 300

/**
 * The narrowest shape that holds the values of both: INT64 and FLOAT64 make FLOAT64, FLOAT64 and NUMERIC
 * BIGNUMERIC, two kinds of text STRING, two RECORDs the union of their fields, everything else JSON. Idempotent, commutative
 * and associative, up to the order of fields.
 */
export function joinShapes(a: Shape, b: Shape): Shape {
  const { type, mode } = a
  if (mode === b.mode) {
    if (type === 'RECORD' && b.type === 'RECORD') {
      const fields = mergeColumns(a.fields!, b.fields!)
      return fields.length > MOST_RECORD_FIELDS ? JSON_SHAPE : { type, mode, fields }
    }
    const scalar = joinTypes(type, b.type)
    if (scalar && scalar !== 'RECORD') return { type: scalar, mode }
  }
  return JSON_SHAPE
}

/**
 * The columns for the values of both lists, of events that no table has met yet. Names are given anew, so that they do not
 * depend on the order in which lists are merged.
 */
export function mergeColumns(a: readonly Column[], b: readonly Column[]): readonly Column[] {
  // most events ask for nothing that those before them did not ask for
  if (covers(a, b)) return a
  return mergePlain(a, b) ?? mergeAnew(a, b)
}

/** The common case: every key is a legal name of its own, so that no name changes. Undefined where one is not. */
function mergePlain(a: readonly Column[], b: readonly Column[]): readonly Column[] | undefined {
  const mine = indexOf(a)
  if (!mine.isPlain || !indexOf(b).isPlain) return undefined
  const changed = new Map<Column, Column>()
  const added: Column[] = []
  for (const column of b) {
    const known = mine.byKey.get(column.key)
    if (known) changed.set(known, named(known.key, joinShapes(shapeOf(known), shapeOf(column))))
    // a sibling that differs in case alone is named by both
    else if (mine.taken.has(column.name.toLowerCase())) return undefined
    else added.push(named(column.key, shapeOf(column)))
  }
  return replaceColumns(a, changed, added)
}

function named(key: string, shape: Shape): Column {
  return { name: key, key, ...shape }
}

function mergeAnew(a: readonly Column[], b: readonly Column[]): readonly Column[] {
  const shapes = new Map<string, Shape>(a.map((column) => [column.key, shapeOf(column)]))
  for (const column of b) {
    const mine = shapes.get(column.key)
    shapes.set(column.key, mine ? joinShapes(mine, shapeOf(column)) : shapeOf(column))
  }
  return nameShapes(shapes)
}

/** Whether the columns of `b` add nothing to those of `a`. */
function covers(a: readonly Column[], b: readonly Column[]): boolean {
  // keys come in the same order nearly always: the next column is looked at first
  let next = 0
  for (const column of b) {
    // or one behind it, where the event lacks one
    if (a[next]?.key !== column.key && a[next + 1]?.key === column.key) next++
    const guess = a[next]
    const isNext = guess !== undefined && guess.key === column.key && !guess.map
    const mine = isNext ? guess : indexOf(a).byKey.get(column.key)
    if (mine === undefined || !isCovered(column, mine)) return false
    if (isNext) next++
  }
  return true
}

function isCovered({ type, mode, fields }: Column, mine: Column): boolean {
  if (mine.mode !== mode) return false
  if (type === 'RECORD' && mine.type === 'RECORD') return covers(mine.fields!, fields!)
  return joinTypes(mine.type, type) === mine.type
}

const TEXT: ReadonlySet<ColumnType> = new Set(['STRING', 'TIMESTAMP', 'DATE', 'TIME'])
const NUMBERS: ReadonlySet<ColumnType> = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'])

/** The narrowest type that holds what either holds; undefined where that takes JSON. */
export function joinTypes(a: ColumnType, b: ColumnType): ColumnType | undefined {
  if (a === b) return a
  if (TEXT.has(a) && TEXT.has(b)) return 'STRING'
  if (!NUMBERS.has(a) || !NUMBERS.has(b)) return undefined
  if (a === 'INT64') return b
  // of two others, neither holds all that the other holds
  return b === 'INT64' ? a : 'BIGNUMERIC'
}

function shapeOf({ type, mode, fields }: Column): Shape {
  return fields ? { type, mode, fields } : { type, mode }
}
