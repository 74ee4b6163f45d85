import type { BigQuery } from './clients.ts'
import type { Query } from './second-look.ts'

type Row = Readonly<Record<string, unknown>>

/** What the client gives for a page when it is told not to fetch the others. */
type Page = [
  rows: Row[],
  next: (object & { readonly job: Results }) | null,
  response?: { readonly totalBytesProcessed?: string },
]
interface Results {
  getQueryResults(options: object): Promise<Page>
}

export interface Queries {
  readonly query: Query
  /** The same, in pages of so many rows: who reads them holds one at a time. */
  readonly pages: <T>(sql: string, size: number) => AsyncGenerator<readonly T[]>
  /** What BigQuery read for all of them, and what it bills for that, where no slots are reserved. */
  readonly bytes: () => { readonly bytesRead: number; readonly bytesBilled: number }
}

/** cloud.google.com/bigquery/pricing, on-demand: a query that reads anything is billed for 10 MB at least, and by whole MB. */
const LEAST_MB = 10
const MB = 2 ** 20
const billedFor = (bytes: number) => (bytes === 0 ? 0 : Math.max(LEAST_MB, Math.ceil(bytes / MB)) * MB)

/** The option of a query that may read so many bytes; none where it may read as many as it needs. */
export function billedAtMost(bytes: number | undefined): { readonly maximumBytesBilled?: string } {
  return bytes === undefined ? {} : { maximumBytesBilled: String(bytes) }
}

/**
 * Runs queries with the parameter `@since`.
 *
 * @param maxBytesBilled what one of them may read; absent: as much as it needs
 */
export function openQueries(bigquery: BigQuery, since: Date, maxBytesBilled?: number): Queries {
  let bytesRead = 0
  let bytesBilled = 0
  const billed = billedAtMost(maxBytesBilled)
  const ask = async (sql: string, params: object, options: object = {}): Promise<Page> => {
    const request = { query: sql, params: { since: since.toISOString(), ...params }, ...billed }
    const page = (await bigquery.query(request, options)) as unknown as Page
    const bytes = Number(page[2]?.totalBytesProcessed ?? 0)
    bytesRead += bytes
    bytesBilled += billedFor(bytes)
    return page
  }
  return {
    query: async (sql, params) => (await ask(sql, params))[0],
    async *pages<T>(sql: string, size: number) {
      let [rows, next] = await ask(sql, {}, { autoPaginate: false, maxResults: size })
      yield rows as readonly T[]
      while (next) {
        ;[rows, next] = await next.job.getQueryResults({ ...next, autoPaginate: false, maxResults: size })
        yield rows as readonly T[]
      }
    },
    bytes: () => ({ bytesRead, bytesBilled }),
  }
}
