import type { Column } from './column.ts'

/** Columns by the JSON key whose values they hold, and their names in lower case. */
export interface FieldIndex {
  readonly byKey: ReadonlyMap<string, Column>
  /** Map columns, which stand beside the RECORD of the same key. */
  readonly maps: ReadonlyMap<string, Column>
  readonly required: readonly Column[]
  readonly taken: ReadonlySet<string>
}

// A list of columns never changes once made (a change makes a new list), so its index is made once and goes with it.
const indexes = new WeakMap<readonly Column[], FieldIndex>()

export function indexOf(columns: readonly Column[]): FieldIndex {
  let index = indexes.get(columns)
  if (!index) {
    const entries = (some: readonly Column[]) => new Map(some.map((column) => [column.key, column]))
    index = {
      byKey: entries(columns.filter(({ map }) => !map)),
      maps: entries(columns.filter(({ map }) => map)),
      required: columns.filter(({ mode }) => mode === 'REQUIRED'),
      taken: new Set(columns.map(({ name }) => name.toLowerCase())),
    }
    indexes.set(columns, index)
  }
  return index
}
