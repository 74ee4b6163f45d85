import { columnsOfSchema, tableName, type Column, type JsonSchema } from '@tablestream/table-schema'
import { CATALOGUE } from './catalogue.ts'

/** Where the events of a type go, and what their table is made with. */
export interface Destination {
  readonly table: string
  /** Column of the daily partition. */
  readonly partitionBy: 'event_date'
  readonly clusterBy: readonly string[]
  /** The columns that the contract declares; none for a type that is inferred whole. */
  readonly contract: readonly Column[]
}

/** Tables that hold something else than events of an unknown type. */
const OCCUPIED = new Set([...CATALOGUE.map(({ table }) => table), 'dead_letters', 'schema_changes'])

const destinations = new Map<string, Destination>(
  CATALOGUE.map(({ type, table, clusterBy, schema }) => [
    type,
    { table, partitionBy: 'event_date', clusterBy, contract: columnsOfSchema(schema as JsonSchema) },
  ]),
)

/**
 * The table of an event type: the catalogue's, else the type's own name in snake_case. An unknown type whose name is
 * taken by another table (`orders`, `dead_letters`) gets `_events` behind it.
 */
export function destination(eventType: string): Destination {
  return destinations.get(eventType) ?? inferred(eventType)
}

function inferred(eventType: string): Destination {
  const own = tableName(eventType)
  const table = OCCUPIED.has(own) ? `${own}_events` : own
  return { table, partitionBy: 'event_date', clusterBy: [], contract: [] }
}
