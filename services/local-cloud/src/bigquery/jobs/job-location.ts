import type { Catalog } from '../catalog/catalog.ts'
import { locationOf, type DatasetReference } from '../catalog/dataset-location.ts'
import type { JobSpec } from './job-spec.ts'
import { splitDecorator } from '../table/partition-decorator.ts'
import type { TableReference } from '../table/table.ts'

/**
 * Where a job runs, as far as it is known before it does.
 *
 * @throws BigQueryError notFound where an extract job has no table to read: that is answered at once, not by the job
 */
export function locationOfJob(
  catalog: Catalog,
  projectId: string,
  spec: JobSpec,
  location?: string,
): string | undefined {
  if (location !== undefined && spec.type !== 'EXTRACT') return location
  const own = datasetsOf(projectId, spec)
  if (spec.type === 'EXTRACT' && spec.extract.sourceTable) {
    locationOf(catalog, own, location)
    const { datasetId = '', tableId = '' } = spec.extract.sourceTable
    const reference = { projectId: spec.extract.sourceTable.projectId ?? projectId, datasetId, tableId }
    catalog.tables.get(splitDecorator(reference).table)
  }
  return locationOf(catalog, own.slice(0, 1))
}

/** The datasets that a job names. */
export function datasetsOf(projectId: string, spec: JobSpec): DatasetReference[] {
  const named = (): readonly (Partial<TableReference> | undefined)[] => {
    if (spec.type === 'LOAD') return [spec.load.destinationTable]
    if (spec.type === 'EXTRACT') return [spec.extract.sourceTable]
    if (spec.type === 'COPY')
      return [spec.copy.destinationTable, spec.copy.sourceTable, ...(spec.copy.sourceTables ?? [])]
    return [spec.query.destinationTable, spec.query.defaultDataset]
  }
  return named().flatMap((each) =>
    each?.datasetId === undefined
      ? []
      : [{ projectId: each.projectId ?? projectId, datasetId: each.datasetId }],
  )
}
