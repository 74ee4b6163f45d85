import { shorten } from '@tablestream/contract'
import {
  hasContent,
  identityOf,
  isArray,
  isEnvelopeKey,
  isObject,
  pointer,
  timestampMicros,
  toJsonText,
  type Column,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import type { ValueEnd } from '../api/event.ts'
import type { CellValue, Row } from '../bigquery/cells.ts'
import { pathsBelow } from './paths-below.ts'
import { sqlType } from '../tables/sql-type.ts'

/** Values that are told of one event at most. */
const MOST_VALUES = 2000

interface Level {
  readonly columns: readonly Column[]
  /** What the row holds there; undefined where it holds nothing. */
  readonly row: Row | undefined
  readonly path: string
  readonly columnPath: string
}

/**
 * What became of each value of an event: which column holds it, and what stands there; what is in `_unmapped`; what says nothing. An
 * array of scalars, and what a JSON column holds, is one value.
 */
export function valueEnds(event: JsonObject, columns: readonly Column[], row: Row): ValueEnd[] {
  const unmapped = JSON.parse((row['_unmapped'] as string | null) ?? '{}') as Record<string, unknown>
  const below = pathsBelow(Object.keys(unmapped))
  const ends: ValueEnd[] = []
  walk(event, { columns, row, path: '', columnPath: '' })
  return ends.slice(0, MOST_VALUES)

  function walk(object: JsonObject, level: Level): void {
    for (const [key, value] of Object.entries(object)) {
      if (ends.length >= MOST_VALUES) return
      const path = pointer(level.path, key)
      if (Object.hasOwn(unmapped, path)) {
        ends.push({
          ...told(path, value),
          end: 'unmapped',
          column: '_unmapped',
          stored: JSON.stringify(unmapped[path]),
        })
      } else if (level.path === '' && isEnvelopeKey(key)) {
        ends.push({
          ...told(path, value),
          end: 'envelope',
          column: key,
          stored: JSON.stringify(row[key] ?? null),
        })
      } else tell(value, path, columnFor(level.columns, key), level)
    }
  }

  function tell(value: JsonValue, path: string, column: Column | undefined, level: Level): void {
    if (!column) {
      ends.push({ ...told(path, value), end: hasContent(value) ? 'nowhere' : 'empty' })
      return
    }
    const columnPath = level.columnPath === '' ? column.name : `${level.columnPath}.${column.name}`
    const cell = level.row?.[column.name] ?? null
    const inner = { columns: column.fields ?? [], path, columnPath }
    if (column.type === 'RECORD' && column.mode !== 'REPEATED' && isObject(value)) {
      walk(value, { ...inner, row: (cell ?? undefined) as Row | undefined })
    } else if (column.type === 'RECORD' && isArray(value) && value.every(isObject)) {
      for (const [index, each] of value.entries()) {
        const own = isList(cell) ? (cell[index] as Row | undefined) : undefined
        walk(each, { ...inner, path: pointer(path, index), row: own })
      }
    } else endIn(column, { value, path, columnPath, cell })
  }

  function endIn(
    column: Column,
    {
      value,
      path,
      columnPath,
      cell,
    }: { value: JsonValue; path: string; columnPath: string; cell: CellValue },
  ): void {
    const isThere = cell !== null && !(isList(cell) && cell.length === 0)
    // of an array some elements may be outside, each by its own path
    const elsewhere = below(path)
    const type = column.mode === 'REPEATED' ? `ARRAY<${sqlType(column.type)}>` : sqlType(column.type)
    const where = { column: columnPath, column_type: type }
    if (isThere) {
      const stored = storedText(column, cell)
      ends.push({
        ...told(path, value),
        end: 'column',
        ...where,
        stored: shorten(stored),
        changed: !isSame(value, cell, stored),
      })
    } else if (!hasContent(value)) ends.push({ ...told(path, value), end: 'empty', ...where })
    else if (elsewhere.length === 0) ends.push({ ...told(path, value), end: 'nowhere', ...where })
    for (const each of elsewhere.slice(0, MOST_VALUES)) {
      const stored = JSON.stringify(unmapped[each])
      ends.push({
        path: each,
        value: shorten(stored),
        end: 'unmapped',
        column: '_unmapped',
        stored: shorten(stored),
      })
    }
  }
}

function told(path: string, value: JsonValue): Pick<ValueEnd, 'path' | 'value'> {
  return { path, value: shorten(toJsonText(value)) }
}

function columnFor(columns: readonly Column[], key: string): Column | undefined {
  const identity = identityOf(key)
  const own = columns.filter((column) => column.key === identity)
  return own.find(({ map }) => !map) ?? own[0]
}

function isList(cell: CellValue): cell is readonly CellValue[] {
  return Array.isArray(cell)
}

/** A JSON column holds JSON text; of the others it is made. */
function storedText(column: Column, cell: CellValue): string {
  if (column.type !== 'JSON') return JSON.stringify(cell)
  return isList(cell) ? `[${(cell as readonly string[]).join(',')}]` : (cell as string)
}

/** Whether what stands there is what was sent: instants are equal however they are written, and so are numbers. */
function isSame(value: JsonValue, cell: CellValue, stored: string): boolean {
  if (toJsonText(value) === stored) return true
  if (typeof value === 'string' && typeof cell === 'string') {
    const sent = timestampMicros(value)
    return sent !== undefined && sent === timestampMicros(cell)
  }
  if (isArray(value) && isList(cell))
    return (
      value.length === cell.length &&
      value.every((each, at) => isSame(each, cell[at]!, JSON.stringify(cell[at])))
    )
  if (isObject(value) || isArray(value)) return isSameJson(toJsonText(value), stored)
  return Number(toJsonText(value)) === Number(cell) && cell !== ''
}

/** A JSON column orders keys by itself. */
function isSameJson(one: string, other: string): boolean {
  const inOrder = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return JSON.stringify(JSON.parse(one), inOrder) === JSON.stringify(JSON.parse(other), inOrder)
}
