import { columnsOfSchema, tableName, type Column, type JsonSchema } from '@tablestream/table-schema'
import { CATALOGUE } from './known-types.ts'

/** Where the events of a type go, and what their table is made with. */
export interface Destination {
  readonly table: string
  /** Column of the daily partition. */
  readonly partitionBy: 'event_date'
  readonly clusterBy: readonly string[]
  /** The columns that the contract declares; none for a type that is inferred whole. */
  readonly contract: readonly Column[]
}

/** What else has a name in the dataset: made by Terraform, by table-manager, or BigQuery's own. */
const OCCUPIED = new Set([
  ...CATALOGUE.map(({ table }) => table),
  'dead_letters',
  'dead_letter_reasons',
  'dead_letter_replays',
  'published_messages',
  'published_keys',
  'schema_changes',
  'loads',
  'information_schema',
])

const DEDUPLICATED = '_deduplicated'
/** Tables of loads that are under way (services/batch-loader). */
const LOADING = '_load_'
/** Tables that a rewind builds, and keeps (services/batch-loader). */
const REWOUND = '_rewound'
const BEFORE_REWIND = '_before_rewind_'

/** The table that a rewind of a table builds. */
export function rewoundTableOf(table: string): string {
  return `${table}${REWOUND}`
}

/** The name that a table has when a rewind has swapped it. @param at digits of the time */
export function keptTableOf(table: string, at: string): string {
  return `${table}${BEFORE_REWIND}${at}`
}

/** The view that shows each event of a table once. */
export function deduplicatedView(table: string): string {
  return `${table}${DEDUPLICATED}`
}

const destinations = new Map<string, Destination>(
  CATALOGUE.map(({ type, table, clusterBy, schema }) => [
    type,
    { table, partitionBy: 'event_date', clusterBy, contract: columnsOfSchema(schema as JsonSchema) },
  ]),
)

function isOccupied(name: string): boolean {
  return (
    OCCUPIED.has(name) ||
    [DEDUPLICATED, REWOUND].some((end) => name.endsWith(end)) ||
    name.includes(BEFORE_REWIND) ||
    name.startsWith(LOADING)
  )
}

/**
 * The table of an event type: the catalogue's, else one of the type's own name. No two types share a table, and none has the
 * name of something else (`orders`, `dead_letters`, `orders_deduplicated`, `orders_rewound`).
 */
export function destination(eventType: string): Destination {
  return destinations.get(eventType) ?? remembered.get(eventType) ?? remember(eventType)
}

// every event asks; a type's name is worked out once, as long as there are not too many of them
const MOST_REMEMBERED = 10_000
const remembered = new Map<string, Destination>()

function remember(eventType: string): Destination {
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  const table = tableName(eventType, isOccupied)
  const inferred: Destination = { table, partitionBy: 'event_date', clusterBy: [], contract: [] }
  remembered.set(eventType, inferred)
  return inferred
}
