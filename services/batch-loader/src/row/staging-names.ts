import type { Column } from '@tablestream/table-schema'

/** Columns of the load's own table, and of what is computed of it, that no column of the events has. */
export interface StagingNames {
  /** Where the record stands in its source. */
  readonly place: string
  /** What it is told by. */
  readonly match: string
  readonly number: string
  readonly ofId: string
  readonly first: string
}

/** An event may have a key of any name: the first beginning is taken that none of its columns has. */
export function stagingNames(columns: readonly Pick<Column, 'name'>[]): StagingNames {
  const taken = columns.map(({ name }) => name.toLowerCase())
  let beginning = '_load_'
  for (let number = 2; taken.some((name) => name.startsWith(beginning)); number++)
    beginning = `_load${number}_`
  const name = (end: string) => `${beginning}${end}`
  return {
    place: name('place'),
    match: name('match'),
    number: name('number'),
    ofId: name('of_id'),
    first: name('first'),
  }
}
