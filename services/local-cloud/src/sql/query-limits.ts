import { BigQueryError } from '../bigquery/errors.ts'
import type { TableReference } from '../bigquery/table/table.ts'

// docs: quotas and limits, query jobs
const MOST_RESOURCES = 1000
const LONGEST_QUERY = 1024 * 1024
const LONGEST_RESOLVED_QUERY = 12 * 1024 * 1024
const MOST_PARAMETERS = 10_000
const LARGEST_REQUEST = 10 * 1024 * 1024

interface SizedQuery {
  readonly query?: string
  readonly queryParameters?: readonly unknown[]
}

/** What one query may be and name at BigQuery. */
export class QueryLimits {
  readonly #resources = new Set<string>()
  #resolvedLength: number

  /** @throws BigQueryError where the query or its parameters are too large */
  constructor({ query = '', queryParameters = [] }: SizedQuery) {
    if (query.length > LONGEST_QUERY || Buffer.byteLength(query) > LONGEST_QUERY)
      throw new BigQueryError(
        'invalid',
        'The query is too large. The maximum standard SQL query length is 1024.00K characters, including comments and white space characters.',
      )
    if (queryParameters.length > MOST_PARAMETERS)
      throw new BigQueryError('invalid', `Too many query parameters. Max: ${MOST_PARAMETERS}`)
    // most queries have a few short ones
    const bytes =
      queryParameters.length === 0
        ? 0
        : Buffer.byteLength(query) + Buffer.byteLength(JSON.stringify(queryParameters))
    if (bytes > LARGEST_REQUEST)
      throw new BigQueryError(
        'badRequest',
        `Request payload size exceeds the limit: ${LARGEST_REQUEST} bytes.`,
      )
    this.#resolvedLength = query.length
  }

  /** Counts a table or a view that the query, or a view in it, names. @throws BigQueryError where it is one too many */
  addResource({ projectId, datasetId, tableId }: TableReference): void {
    this.#resources.add(`${projectId}.${datasetId}.${tableId}`)
    if (this.#resources.size > MOST_RESOURCES)
      throw new BigQueryError(
        'invalidQuery',
        `Too many tables, views and user-defined functions for query: Max: ${MOST_RESOURCES}`,
      )
  }

  /** Counts the text of a view. @throws BigQueryError where it is too much with all before it */
  addView(query: string): void {
    this.#resolvedLength += query.length
    if (this.#resolvedLength > LONGEST_RESOLVED_QUERY)
      throw new BigQueryError('invalid', 'The query is too large, with the views that it names.')
  }
}
