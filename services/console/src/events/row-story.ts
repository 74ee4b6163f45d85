import type { EventStory } from '../api/event.ts'
import { fieldShape } from '../tables/field-shape.ts'
import type { EventRow } from './read-rows.ts'

/** A row as the API tells it. @param seconds from the publish of its message; undefined where that is not known */
export function rowStory(
  table: string,
  { row, processed, partition, fields }: EventRow,
  seconds?: number,
): EventStory['rows'][number] {
  return {
    table,
    partition,
    processed_timestamp: processed,
    seconds: seconds ?? null,
    columns: fields.map(fieldShape),
    row,
  }
}
