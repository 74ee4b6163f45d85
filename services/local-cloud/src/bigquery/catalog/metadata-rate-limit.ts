import { BigQueryError } from '../errors.ts'

// cloud.google.com/bigquery/quotas: table metadata update operations
const WINDOW_MS = 10_000
const PLAIN = 5
const PARTITIONED = 50

/** BigQuery's limit on metadata updates: 5 in 10 s for a table, 50 for a partitioned one. Creating counts. */
export class MetadataRateLimit {
  readonly #now: () => number
  readonly #updates = new Map<string, number[]>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @throws BigQueryError 403 rateLimitExceeded */
  count(table: string, partitioned: boolean): void {
    const since = this.#now() - WINDOW_MS
    const recent = (this.#updates.get(table) ?? []).filter((time) => time > since)
    if (recent.length >= (partitioned ? PARTITIONED : PLAIN)) {
      const message =
        'Exceeded rate limits: too many table update operations for this table. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas'
      throw new BigQueryError('rateLimitExceeded', message)
    }
    recent.push(this.#now())
    this.#updates.set(table, recent)
  }
}
