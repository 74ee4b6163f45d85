import type { Column } from './column.ts'

/** Columns by the JSON key whose values they hold, and their names in lower case. */
export interface FieldIndex {
  readonly byKey: ReadonlyMap<string, Column>
  readonly taken: ReadonlySet<string>
}

// A list of columns never changes once made (a change makes a new list), so its index is made once and goes with it.
const indexes = new WeakMap<readonly Column[], FieldIndex>()

export function indexOf(columns: readonly Column[]): FieldIndex {
  let index = indexes.get(columns)
  if (!index) {
    index = {
      byKey: new Map(columns.map((column) => [column.key, column])),
      taken: new Set(columns.map((column) => column.name.toLowerCase())),
    }
    indexes.set(columns, index)
  }
  return index
}
