import type { Column } from '@tablestream/table-schema'
import { stagingNames } from './staging-names.ts'

/**
 * Whether rows that were made for columns are those that are made for other ones. New columns change no row that found a place for all
 * that its event holds, and nor does a column that may be empty now; a column of another type, name or key does, and one that must have
 * a value.
 *
 * @param isWhole of all the rows, as `RowText` has it. If one is not, the columns must be the same
 */
export function makesSameRows(
  before: readonly Column[],
  after: readonly Column[],
  isWhole: boolean,
): boolean {
  if (before === after) return true
  // an object that is in a map column now may fit the RECORD beside it when that has grown
  const isSame = !isWhole || hasMaps(before)
  return (
    takesAll(before, after) &&
    (!isSame || takesAll(after, before)) &&
    stagingNames(before).place === stagingNames(after).place
  )
}

function takesAll(before: readonly Column[], after: readonly Column[]): boolean {
  const left = new Map(after.map((column) => [column.name, column]))
  for (const column of before) {
    const now = left.get(column.name)
    if (!now || !takesSame(column, now)) return false
    left.delete(column.name)
  }
  return [...left.values()].every(({ mode }) => mode !== 'REQUIRED')
}

function takesSame(before: Column, after: Column): boolean {
  return (
    before.key === after.key &&
    before.type === after.type &&
    before.map === after.map &&
    (before.mode === after.mode || (before.mode === 'REQUIRED' && after.mode === 'NULLABLE')) &&
    takesAll(before.fields ?? [], after.fields ?? [])
  )
}

function hasMaps(columns: readonly Column[]): boolean {
  return columns.some(({ map, fields }) => map === true || (fields !== undefined && hasMaps(fields)))
}
