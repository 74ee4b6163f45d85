import { stagingNames } from '../row/staging-names.ts'
import type { Column } from '@tablestream/table-schema'

/** What a row is told by, and where its record stands. */
export interface RowKey {
  readonly place: number
  readonly match: string
  readonly eventId: string
  readonly source: string | null
  /** An INT64. */
  readonly fingerprint: string
  /** RFC 3339, a date. */
  readonly day: string
}

/** The name of the parameter. */
export const KEYS = 'keys'

/** The keys as a parameter of a query. */
export function keysText(keys: readonly RowKey[]): string {
  return JSON.stringify(
    keys.map(({ place, match, eventId, source, fingerprint, day }) => [
      String(place),
      match,
      eventId,
      source,
      fingerprint,
      day,
    ]),
  )
}

/** SQL of the keys in `@keys` as rows, as what stands behind FROM: with the names that a load's own table has. */
export function keysTable(columns: readonly Pick<Column, 'name'>[]): string {
  const { place, match } = stagingNames(columns)
  const value = (at: number) => `JSON_VALUE(k, '$[${at}]')`
  return `(SELECT CAST(${value(0)} AS INT64) AS ${place}, ${value(1)} AS ${match}, ${value(2)} AS event_id, ${value(3)} AS _source,
    CAST(${value(4)} AS INT64) AS _fingerprint,
    CAST(${value(5)} AS DATE) AS event_date FROM UNNEST(JSON_QUERY_ARRAY(@${KEYS})) AS k)`
}
