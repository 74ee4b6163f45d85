import { BigQuery, type Query } from '@google-cloud/bigquery'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import type { RawAnswer, TableFacts, Warehouse, WarehouseQuery } from './warehouse.ts'
import { cellsOf, type Field, type RawRow, type Row } from './cells.ts'

export interface WarehouseOptions {
  readonly projectId: string
  /** Bytes that one query may read. */
  readonly maxBytes: number
}

/** Rows in one answer of the API, unless less is wanted: those of a page go through memory together. */
const PAGE = 1000

/** A page of BigQuery's ends at some 10 MB, however few rows it has then: so many are held at once. */
const MOST_PAGES = 10

export interface OpenWarehouse {
  readonly warehouse: Warehouse
  /** The client, for the ledger. */
  readonly client: BigQuery
}

/** BigQuery through Google's client; rows come as they were sent, so that no digit of a number is lost. */
export function openWarehouse({ projectId, maxBytes }: WarehouseOptions): OpenWarehouse {
  const client = new BigQuery({ projectId })
  const started = async function* (query: WarehouseQuery, pageRows = PAGE): AsyncGenerator<RawAnswer> {
    const { sql, params = {} } = query
    const request: Query = {
      query: sql,
      params: { ...params },
      skipParsing: true,
      maximumBytesBilled: String(maxBytes),
    }
    const page = { autoPaginate: false, maxResults: pageRows }
    let [rows, next, response] = (await client.query(request, page)) as unknown as Page
    const { schema, totalRows = '0', totalBytesProcessed = '0' } = response ?? {}
    const fields = schema?.fields ?? []
    const facts = { fields, totalRows: Number(totalRows), bytesRead: Number(totalBytesProcessed) }
    yield { ...facts, rows: rows.map((row) => cellsOf(fields, row)) }
    while (next) {
      ;[rows, next, response] = await next.job.getQueryResults({ ...next, ...page, skipParsing: true })
      yield { ...facts, rows: rows.map((row) => cellsOf(fields, row)) }
    }
  }
  const warehouse: Warehouse = {
    async query(query, mostRows = PAGE) {
      let first: RawAnswer | undefined
      const all: Row[] = []
      let pages = 0
      for await (const answer of started(query, mostRows)) {
        first ??= answer
        all.push(...answer.rows)
        if (all.length >= mostRows || ++pages === MOST_PAGES) break
      }
      if (first === undefined) throw new Error('BigQuery gave no answer')
      const wanted = Math.min(mostRows, first.totalRows)
      const isCut = all.length < wanted
      if (isCut && !query.mayBeCut)
        throw new Error(
          `only ${all.length} of ${wanted} rows go into ${MOST_PAGES} pages of BigQuery's: ${query.sql}`,
        )
      return { ...first, rows: all.slice(0, mostRows), ...(isCut && { isCut }) }
    },
    pages: started,
    async statementType(sql) {
      const [job] = await client.createQueryJob({ query: sql, dryRun: true })
      const { statistics } = job.metadata as { statistics?: { query?: { statementType?: string } } }
      return statistics?.query?.statementType ?? ''
    },
    async table(dataset, name) {
      try {
        const [metadata] = (await client.dataset(dataset).table(name).getMetadata()) as unknown as [
          TableFacts,
        ]
        return metadata
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) return undefined
        throw error
      }
    },
  }
  return { warehouse, client }
}

type Page = [rows: RawRow[], next: (object & { readonly job: Results }) | null, response?: Response]
interface Response {
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly totalRows?: string
  readonly totalBytesProcessed?: string
}
interface Results {
  getQueryResults(options: object): Promise<Page>
}
