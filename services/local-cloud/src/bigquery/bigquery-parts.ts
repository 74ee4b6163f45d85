import type { Catalog } from './catalog.ts'
import type { ExternalTables } from './files/external-tables.ts'
import type { Uploads } from './files/uploads.ts'
import type { InsertAll } from './insert-all.ts'
import type { Jobs } from './jobs.ts'
import type { QueryRunner } from './query-runner.ts'
import type { Store } from './store.ts'

/** What BigQuery's REST API stands on. */
export interface BigQueryParts {
  readonly catalog: Catalog
  readonly store: Store
  readonly jobs: Jobs
  readonly runner: QueryRunner
  readonly insertAll: InsertAll
  readonly external: ExternalTables
  readonly uploads: Uploads
}
