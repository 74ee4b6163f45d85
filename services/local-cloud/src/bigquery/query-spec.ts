import type { QueryParameter } from '../sql/parameters.ts'
import type { TableReference } from './table.ts'

/** JobConfigurationQuery and QueryRequest, as far as they are taken. */
export interface QuerySpec {
  readonly query?: string
  readonly useLegacySql?: boolean
  readonly defaultDataset?: { readonly projectId?: string; readonly datasetId?: string }
  readonly queryParameters?: readonly QueryParameter[]
  readonly dryRun?: boolean
  readonly destinationTable?: Partial<TableReference>
  readonly createDisposition?: string
  readonly writeDisposition?: string
  readonly timePartitioning?: object
  readonly rangePartitioning?: object
  readonly clustering?: object
  readonly schemaUpdateOptions?: readonly string[]
}
