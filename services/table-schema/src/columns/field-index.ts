import type { Column } from './column.ts'

/** Columns by the JSON key whose values they hold, and their names in lower case. */
export interface FieldIndex {
  readonly byKey: ReadonlyMap<string, Column>
  /** Map columns, which stand beside the RECORD of the same key. */
  readonly maps: ReadonlyMap<string, Column>
  readonly required: readonly Column[]
  readonly taken: ReadonlySet<string>
  /** Whether each column is named as its key. */
  readonly isPlain: boolean
}

interface OwnIndex extends FieldIndex {
  readonly byKey: Map<string, Column>
  readonly maps: Map<string, Column>
  readonly taken: Set<string>
}

// A list of columns never changes once made (a change makes a new list), so its index is made once and goes with it.
const indexes = new WeakMap<readonly Column[], OwnIndex>()

export function indexOf(columns: readonly Column[]): FieldIndex {
  return ownIndexOf(columns)
}

function ownIndexOf(columns: readonly Column[]): OwnIndex {
  let index = indexes.get(columns)
  if (!index) {
    index = newIndex(columns)
    indexes.set(columns, index)
  }
  return index
}

function newIndex(columns: readonly Column[]): OwnIndex {
  const byKey = new Map<string, Column>()
  const maps = new Map<string, Column>()
  const required: Column[] = []
  const taken = new Set<string>()
  let isPlain = true
  for (const column of columns) {
    const { key, name, mode, map } = column
    ;(map ? maps : byKey).set(key, column)
    if (mode === 'REQUIRED') required.push(column)
    taken.add(name.toLowerCase())
    isPlain &&= name === key && !map
  }
  return { byKey, maps, required, taken, isPlain }
}

/** The list with some columns changed, but for their keys and names, and others behind it. */
export function withColumns(
  columns: readonly Column[],
  changed: ReadonlyMap<Column, Column>,
  added: readonly Column[],
): readonly Column[] {
  const kept = changed.size === 0 ? columns : columns.map((column) => changed.get(column) ?? column)
  return [...kept, ...added]
}

/**
 * The same where the list before is done with: its index becomes the one of the new list, so that a chain of lists, each a column
 * longer, is indexed once. Who asks about the list before pays for a new index.
 */
export function replaceColumns(
  columns: readonly Column[],
  changed: ReadonlyMap<Column, Column>,
  added: readonly Column[],
): readonly Column[] {
  const after = withColumns(columns, changed, added)
  const { byKey, maps, taken, isPlain, required } = ownIndexOf(columns)
  indexes.delete(columns)
  let isPlainStill = isPlain
  for (const column of [...changed.values(), ...added]) {
    const { key, name, map } = column
    ;(map ? maps : byKey).set(key, column)
    taken.add(name.toLowerCase())
    isPlainStill &&= name === key && !map
  }
  const isRequired = ({ mode }: Column) => mode === 'REQUIRED'
  const stays = required.length === 0 && !added.some(isRequired)
  indexes.set(after, {
    byKey,
    maps,
    taken,
    required: stays ? required : after.filter(isRequired),
    isPlain: isPlainStill,
  })
  return after
}
