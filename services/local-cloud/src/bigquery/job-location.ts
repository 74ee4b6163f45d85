import type { Catalog } from './catalog.ts'
import { BigQueryError } from './errors.ts'
import type { JobSpec } from './job-spec.ts'
import { splitDecorator } from './partition-decorator.ts'
import type { TableReference } from './table.ts'

interface DatasetReference {
  readonly projectId: string
  readonly datasetId: string
}

/**
 * Where these datasets are: a job runs in one location (docs: locations).
 *
 * @param location where they must be; absent: anywhere, and all in one place
 * @throws BigQueryError notFound
 */
export function locationOf(
  { datasets }: Catalog,
  references: Iterable<DatasetReference>,
  location?: string,
): string | undefined {
  let place = location
  for (const { projectId, datasetId } of references) {
    if (!datasets.has(projectId, datasetId)) continue
    const found = datasets.get(projectId, datasetId).location
    place ??= found
    if (found.toUpperCase() === place.toUpperCase()) continue
    const message = `Not found: Dataset ${projectId}:${datasetId} was not found in location ${place}`
    throw new BigQueryError('notFound', message)
  }
  return place
}

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
