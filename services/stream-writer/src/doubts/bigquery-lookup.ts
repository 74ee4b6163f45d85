import { mayPassSoon, NOT_FOUND, type Logger } from '@tablestream/service-kit'
import { lazyBigQuery } from '../bigquery-client.ts'
import { byDays } from './by-days.ts'
import { digestOf, keyTextOfDigest, type RowKey, type RowLookup } from './row-lookup.ts'

export interface LookupOptions {
  readonly projectId: string
  readonly dataset: string
  /** The column that names the type of an event. */
  readonly typeField: string
  /** A query that would read more is refused by BigQuery, and costs nothing. */
  readonly mostBytes: number
  readonly logger: Logger
}

const QUERY_MS = 20_000
/** How long each call of a query may take: BigQuery itself answers one that waits for rows within 10 s. */
const CALL_MS = 15_000
/** Statuses of a call that may pass later. */
const PASSING = new Set<unknown>([408, 429, 500, 502, 503, 504])
/** Where the quota of a day or an hour is used up, the event comes again until it is there. */
const mayPass = (reason: string) => reason === 'quotaExceeded' || mayPassSoon(reason)

/** Finds no row, and asks nobody. */
export const noLookup: RowLookup = {
  find: () => Promise.resolve(new Set()),
  mayPass: () => false,
}

/** Looks rows up by a query; by several where one would read too much. */
export function createLookup({ logger, ...options }: LookupOptions): RowLookup {
  return byDays(oneQuery(options), { isTooMuch, logger })
}

function isTooMuch(error: unknown): boolean {
  const { errors = [] } = error as ApiError
  return errors.some(({ reason }) => reason === 'bytesBilledLimitExceeded')
}

function oneQuery({ projectId, dataset, typeField, mostBytes }: Omit<LookupOptions, 'logger'>): RowLookup {
  const open = lazyBigQuery({ projectId, callMs: CALL_MS, tries: true })
  return {
    async find(table, keys) {
      const bigquery = await open()
      try {
        const [rows] = await bigquery.query({
          query: lookupQuery(`${projectId}.${dataset}.${table}`, typeField, keys),
          params: {
            fingerprints: keys.map(({ fingerprint }) => fingerprint),
            digests: keys.map(({ eventId }) => digestOf(eventId)),
          },
          maximumBytesBilled: String(mostBytes),
          // a row that landed after an earlier query must be seen
          useQueryCache: false,
          jobTimeoutMs: QUERY_MS,
        })
        return new Set(
          (rows as Row[]).map((row) =>
            keyTextOfDigest({
              eventType: row.event_type,
              source: row.source,
              idDigest: row.id_digest,
              fingerprint: row.fingerprint,
            }),
          ),
        )
      } catch (error) {
        const { code, errors = [] } = error as ApiError
        if (code === NOT_FOUND || errors.some(({ reason }) => reason === 'notFound')) return undefined
        throw error
      }
    },
    mayPass(error) {
      const { code, errors = [] } = error as ApiError
      const reasons = errors.flatMap(({ reason }) => reason ?? [])
      // without a code it is a call that never got there, or a job that failed, which tells a reason
      const isUnanswered = code === undefined && reasons.length === 0
      return isUnanswered || PASSING.has(code) || reasons.some(mayPass)
    },
  }
}

interface Row {
  readonly event_type: string
  readonly source: string
  readonly id_digest: string
  readonly fingerprint: string
}

interface ApiError {
  readonly code?: number
  readonly errors?: readonly { readonly reason?: string }[]
}

/**
 * Reads the columns of the key, of the days that the events are of: what a query costs is what it reads. Ids go there and back as
 * digests: one may have megabytes, and a request takes 10 MB.
 */
export function lookupQuery(table: string, typeField: string, keys: readonly RowKey[]): string {
  const days = [...new Set(keys.map(({ eventDate }) => eventDate))].map((day) => `DATE '${day}'`)
  return `SELECT \`${typeField}\` AS event_type, _source AS source, TO_HEX(SHA256(event_id)) AS id_digest, CAST(_fingerprint AS STRING) AS fingerprint FROM \`${table}\`
    WHERE event_date IN (${days.join(', ')}) AND CAST(_fingerprint AS STRING) IN UNNEST(@fingerprints)
      AND TO_HEX(SHA256(event_id)) IN UNNEST(@digests)`
}
