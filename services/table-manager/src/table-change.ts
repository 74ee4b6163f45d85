import type { JsonObject, Widening } from '@tablestream/table-schema'

/** An event that asks for a fitting table. */
export interface ChangeRequest {
  readonly event: JsonObject
  readonly eventId: string
  /** Whose it is. */
  readonly source: string
  /** Who brought it: what event-gateway says; empty where it was published without. */
  readonly caller: string
  /** Of its JSON; absent: few. */
  readonly bytes?: number
}

/** What became of the table for one event. */
export type ChangeResult =
  | { readonly outcome: 'fits' | 'created' | 'altered' }
  /** The policy of the event type lets no table be created. */
  | { readonly outcome: 'frozen' }
  | ({ readonly outcome: 'refused' } & Refusal)
  /** There is a table under the name that an older version gave it: nobody may find half of the rows in each. */
  | { readonly outcome: 'former_table'; readonly former: string }
  /** It is to be asked for again: what it asks for was refused, for the first time, or others have their turn before. */
  | { readonly outcome: 'postponed'; readonly reason: string }

/** A change that BigQuery will not make. */
export interface Refusal {
  /** BigQuery's own words. */
  readonly reason: string
  /** What asked for it: a JSON pointer into the event, and the value there. */
  readonly path: string
  readonly value: string
}

/**
 * Told for each change that was applied; twice at the most, where BigQuery's answer to it was lost and another instance made
 * the same. Paths are by column names.
 */
export interface TableChange {
  readonly table: string
  readonly outcome: 'created' | 'altered'
  readonly added: readonly string[]
  readonly relaxed: readonly string[]
  readonly widened: readonly Widening[]
  /** The events that asked for it, a hundred at the most. */
  readonly eventIds: readonly string[]
}

/** A change as it is written down: a row of `schema_changes`, and the data of the message. */
export interface ChangeRecord {
  readonly change_id: string
  readonly changed_at: string
  readonly table_name: string
  readonly change: 'created' | 'altered'
  readonly added: readonly string[]
  readonly relaxed: readonly string[]
  readonly widened: readonly { readonly path: string; readonly from_type: string; readonly to_type: string }[]
  readonly event_ids: readonly string[]
}
