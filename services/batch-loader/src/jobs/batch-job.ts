import { typeField } from '@tablestream/contract'
import type { JsonObject, JsonValue } from '@tablestream/table-schema'
import { Kept, type Field } from './fields.ts'

/** A batch job: files of one kind, and the table that they become. */
export interface BatchJob {
  /** Also the name of its table of processed rows, and of its folder in processed/. */
  readonly name: string
  /** Names of its files in raw/. */
  readonly from: RegExp
  /** The type in the catalogue whose contract judges the events: it names the table, its partition and clusters. */
  readonly eventType: string
  /** Columns that tell two things apart: of rows with the same ones, the newest is the processed row. */
  readonly key: readonly string[]
  /** Columns that the processed table is clustered by. */
  readonly clusterBy: readonly string[]
  /** Column by which a row is newer than another. */
  readonly newestBy: string
  /** By column, the job whose things it names by their key: each of them must be there. */
  readonly references?: Readonly<Record<string, string | undefined>>
  /** Columns of numbers whose sum over the files of processed/ is that over the table. */
  readonly sums?: readonly string[]
  /** Columns that it makes, beside the type of the event. */
  readonly columns: readonly string[]
  /** A record of a file as an event. Pure; throws nothing. */
  readonly transform: (record: JsonObject) => JsonObject
}

/** What a job says of the columns of its contract: where each of them comes from. `event_date` follows from the event's time. */
type FieldsOf<Event> = {
  readonly [Column in Exclude<keyof Event, 'event_type' | 'event_date'>]-?: Field<
    Exclude<Event[Column], undefined>
  >
}

interface JobDefinition<Event extends { readonly event_type: string }> extends Omit<
  BatchJob,
  'eventType' | 'transform' | 'columns' | 'key' | 'clusterBy' | 'newestBy' | 'references' | 'sums'
> {
  readonly eventType: Event['event_type']
  readonly key: readonly (keyof Event & string)[]
  readonly clusterBy: readonly (keyof Event & string)[]
  readonly newestBy: keyof Event & string
  readonly references?: { readonly [Column in keyof Event & string]?: string }
  readonly sums?: readonly (keyof Event & string)[]
  readonly fields: FieldsOf<Event>
}

/** @returns a job whose columns are those of its contract: one that is left out, or has another type, is an error of the compiler */
export function batchJob<Event extends { readonly event_type: string }>(
  definition: JobDefinition<Event>,
): BatchJob {
  const { fields, ...job } = definition
  const columns = Object.entries<Field<unknown>>(fields)
  const read = new Set(columns.flatMap(([, { reads }]) => reads))
  const names = columns.map(([column]) => column)
  return { ...job, columns: names, transform: (record) => transformed(job.eventType, columns, read, record) }
}

function transformed(
  eventType: string,
  columns: readonly (readonly [string, Field<unknown>])[],
  read: ReadonlySet<string>,
  record: JsonObject,
): JsonObject {
  const type = typeField()
  const names = new Set([type, ...columns.map(([column]) => column)])
  const made = columns.flatMap(([column, { make }]): [string, JsonValue][] => {
    const value = make(record)
    return value === undefined ? [] : [[column, value instanceof Kept ? value.value : (value as JsonValue)]]
  })
  // what the job knows nothing of is no less true: the table grows it, as it does for events
  const others = Object.entries(record)
    .filter(([name, value]) => !read.has(name) && value !== '')
    .map(([name, value]): [string, JsonValue] => [names.has(name) ? `raw_${name}` : name, value])
  return Object.fromEntries([[type, eventType], ...made, ...others])
}
