import type { QueryParameter } from '../sql/parameters.ts'

/** JobConfigurationQuery and QueryRequest, as far as they are taken. */
export interface QuerySpec {
  readonly query?: string
  readonly useLegacySql?: boolean
  readonly defaultDataset?: { readonly projectId?: string; readonly datasetId?: string }
  readonly queryParameters?: readonly QueryParameter[]
  readonly dryRun?: boolean
  readonly destinationTable?: object
}
