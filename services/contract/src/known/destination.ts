import { columnsOfSchema, formerTableName, tableName, type Column } from '@tablestream/table-schema'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { knownType, knownTypes } from './known-types.ts'

/** Where the events of a type go, and what their table is made with. */
export interface Destination {
  readonly table: string
  /** The name that an older version gave the table; absent where it is the same. */
  readonly former?: string
  /** Column of the daily partition. */
  readonly partitionBy: 'event_date'
  readonly clusterBy: readonly string[]
  /** The columns that the contract declares; none for a type that is inferred whole. */
  readonly contract: readonly Column[]
}

/** What else has a name in the dataset: made by Terraform, by table-manager, or BigQuery's own. */
const RESERVED = new Set([
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

/** Whether a name is that of something that is no table of events. */
export function isReserved(name: string): boolean {
  return (
    RESERVED.has(name) ||
    [DEDUPLICATED, REWOUND].some((end) => name.endsWith(end)) ||
    name.includes(BEFORE_REWIND) ||
    name.startsWith(LOADING)
  )
}

/**
 * The table of an event type: that of a known type, else one of the type's own name. No two types share a table, and none has the
 * name of something else (`orders`, `dead_letters`, `orders_deduplicated`, `orders_rewound`).
 */
export function destination(eventType: string): Destination {
  return remembered.get(eventType) ?? remember(eventType)
}

// every event asks; a type's name is worked out once, as long as there are not too many of them
const MOST_REMEMBERED = 10_000
const remembered = new Map<string, Destination>()
// what is worked out of a contract's columns goes with their list: there is one list for each
const declared = new WeakMap<EventTypeDefinition, Destination>()

function remember(eventType: string): Destination {
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  const definition = knownType(eventType)
  const found = definition ? destinationOf(definition) : inferred(eventType)
  remembered.set(eventType, found)
  return found
}

/** What is known of types has changed: their tables are worked out anew. */
export function forgetDestinations(): void {
  remembered.clear()
}

function destinationOf(definition: EventTypeDefinition): Destination {
  const { table, clusterBy, schema } = definition
  const found = declared.get(definition) ?? {
    table,
    partitionBy: 'event_date',
    clusterBy,
    contract: columnsOfSchema(schema),
  }
  declared.set(definition, found)
  return found
}

function inferred(eventType: string): Destination {
  const tables = new Set(knownTypes().map(({ table }) => table))
  const isTaken = (name: string) => tables.has(name) || isReserved(name)
  const table = tableName(eventType, isTaken)
  const former = formerTableName(eventType, isTaken)
  return {
    table,
    ...(former !== undefined && { former }),
    partitionBy: 'event_date',
    clusterBy: [],
    contract: [],
  }
}
