import { destination, knownTypes } from '@tablestream/contract'

/** The type whose events are in a table, where it is known or has the table's own name. */
export function typeOf(table: string): string | undefined {
  const known = knownTypes().find((definition) => definition.table === table)
  if (known) return known.type
  return table !== '' && destination(table).table === table ? table : undefined
}
