import type { Catalog } from './catalog.ts'
import { BigQueryError } from '../errors.ts'

export interface DatasetReference {
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
