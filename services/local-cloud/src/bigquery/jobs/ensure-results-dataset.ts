import type { Catalog } from '../catalog/catalog.ts'
import type { DatasetReference } from '../catalog/dataset-location.ts'
import { RESULTS_DATASET } from '../catalog/results-dataset.ts'

/** docs, cached results: so long their tables are kept; here those that no result made are, too. */
const DAY_MS = 86_400_000

/** Makes the dataset where a job brings a table into it: ibis puts there what it has in memory, and asks SQL for it. */
export async function ensureResultsDataset(
  { datasets }: Catalog,
  { projectId, datasetId }: DatasetReference,
  location = 'US',
): Promise<void> {
  const isThere = () => datasets.has(projectId, RESULTS_DATASET)
  if (datasetId !== RESULTS_DATASET || isThere()) return
  const dataset = { projectId, datasetId, location, defaultTableExpirationMs: String(DAY_MS) }
  await datasets.create(dataset).catch((error: unknown) => {
    // another job was first
    if (!isThere()) throw error
  })
}
