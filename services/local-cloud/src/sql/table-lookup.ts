import type { Routine, RoutineReference } from '../bigquery/catalog/routine.ts'
import type { BufferedRows } from '../bigquery/store/streaming-buffer.ts'
import type { Table, TableReference } from '../bigquery/table/table.ts'

/** What a query has to know of the datasets and tables that it names. */
export interface TableLookup {
  readonly datasets: {
    has(projectId: string, datasetId: string): boolean
    of(projectId: string): readonly { readonly datasetId: string; readonly location: string }[]
  }
  readonly tables: {
    find(reference: TableReference): Table | undefined
    /** @throws BigQueryError notFound */
    of(projectId: string, datasetId: string): readonly Table[]
  }
  /** Absent: nothing is in it. */
  readonly buffer?: { of(incarnation: string): readonly BufferedRows[] }
  readonly routines: {
    find(reference: RoutineReference): Pick<Routine, 'spec'> | undefined
    /** @throws BigQueryError notFound */
    of(projectId: string, datasetId: string): readonly Routine[]
  }
}
