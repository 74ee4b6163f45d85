import type { TObject } from 'typebox'

/**
 * What is known of an event type beforehand: of the catalogue's, one file in `event-types/` each and one line in the catalogue; of others,
 * what a JSON Schema file says (`parse-contracts.ts`).
 */
export interface EventTypeDefinition {
  /** The value of `event_type`, or of the field that TYPE_FIELD names. */
  readonly type: string
  /** The table its events land in. */
  readonly table: string
  /** Fields, required ones and enums. A field that is not here is no error: the table grows it. */
  readonly schema: TObject
  /**
   * The field that tells when the event happened: its day in UTC is `event_date` where the event gives none. Where no field is named, it
   * is one of those of a type that is not known (`envelope.ts`).
   */
  readonly timeField?: string
  /** At most four columns, BigQuery's limit. */
  readonly clusterBy: readonly string[]
  /** The field that keeps what a record's own field of that name says, where records of this type have one with another meaning. */
  readonly recordType?: string
}
