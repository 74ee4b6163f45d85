import type { Catalog } from '../catalog/catalog.ts'
import type { ExternalTables } from '../files/external-tables.ts'
import type { Uploads } from '../jobs/uploads.ts'
import type { InsertAll } from '../rows/insert-all.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { QueryRunner } from '../queries/query-runner.ts'
import type { Store } from '../store/store.ts'

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
