import type { QueryParameter } from '../../sql/parameters.ts'
import type { TableReference } from '../table/table.ts'

/** JobConfigurationQuery and QueryRequest, as far as they are taken. */
export interface QuerySpec {
  readonly query?: string
  readonly useLegacySql?: boolean
  readonly defaultDataset?: { readonly projectId?: string; readonly datasetId?: string }
  readonly queryParameters?: readonly QueryParameter[]
  readonly dryRun?: boolean
  readonly maximumBytesBilled?: string | number
  readonly destinationTable?: Partial<TableReference>
  readonly createDisposition?: string
  readonly writeDisposition?: string
  readonly timePartitioning?: object
  readonly rangePartitioning?: object
  readonly clustering?: object
  readonly schemaUpdateOptions?: readonly string[]
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
