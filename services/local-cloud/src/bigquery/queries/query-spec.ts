import { notImplemented } from '../errors.ts'
import type { QueryParameter } from '../../sql/parameters.ts'
import type { DestinationSpec } from '../rows/destination-spec.ts'
import type { SourceSpec } from '../table/source-spec.ts'

/** JobConfigurationQuery and QueryRequest, as far as they are taken. */
export interface QuerySpec extends DestinationSpec {
  readonly query?: string
  readonly useLegacySql?: boolean
  readonly defaultDataset?: { readonly projectId?: string; readonly datasetId?: string }
  readonly queryParameters?: readonly QueryParameter[]
  /** Tables of files that are there for this query, by their names. */
  readonly tableDefinitions?: Readonly<Record<string, SourceSpec>>
  readonly dryRun?: boolean
  readonly maximumBytesBilled?: string | number
  readonly createSession?: boolean
  readonly connectionProperties?: readonly { readonly key: string; readonly value: string }[]
}

/** What of a request of jobs.query is the query's own. */
export function querySpecOf(request: QuerySpec): QuerySpec {
  const own = new Set([
    'query',
    'useLegacySql',
    'defaultDataset',
    'queryParameters',
    'dryRun',
    'maximumBytesBilled',
    'createSession',
    'connectionProperties',
  ])
  return Object.fromEntries(Object.entries(request).filter(([key]) => own.has(key)))
}

/** `SELECT 1`, `SELECT 100 AS foo`: these mean the same in both dialects, and people try a connection with them. */
const CONSTANTS = /^\s*SELECT\s+-?\d+(\s+AS\s+[a-z_]\w*)?\s*;?\s*$/i

export const LEGACY = 'legacy SQL (set useLegacySql to false)'

/** The API's default is legacy SQL; `bq query` says which one it means. @throws BigQueryError notImplemented */
export function refuseLegacy(query: string, useLegacySql: boolean | undefined): void {
  if (useLegacySql !== false && !CONSTANTS.test(query)) throw notImplemented(LEGACY)
}
