import { BigQueryError } from '../errors.ts'
import { quote } from '../values/fields.ts'
import { forget, newEtag, save } from '../store/resource-rows.ts'
import { RESULTS_DATASET } from './results-dataset.ts'
import { isOfScript } from './script-dataset.ts'
import type { Store } from '../store/store.ts'

export interface Dataset {
  readonly projectId: string
  readonly datasetId: string
  readonly labels: Readonly<Record<string, string>>
  readonly description?: string | undefined
  readonly friendlyName?: string | undefined
  /** Who may do what, absent: what every dataset begins with; nobody is refused by it. */
  readonly access?: readonly object[]
  /** How long tables live, in milliseconds, that say nothing themselves. */
  readonly defaultTableExpirationMs?: string | undefined
  readonly defaultPartitionExpirationMs?: string | undefined
  /** How far FOR SYSTEM_TIME AS OF looks back; 168 where nobody says. */
  readonly maxTimeTravelHours?: string | undefined
  /** Kept and shown: nothing costs anything here. */
  readonly storageBillingModel?: string | undefined
  readonly location: string
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly creationTime: number
  readonly lastModifiedTime: number
}

/** What may be changed; a default expiration that is undefined goes. */
export type DatasetChange = Partial<
  Pick<
    Dataset,
    | 'labels'
    | 'description'
    | 'friendlyName'
    | 'access'
    | 'defaultTableExpirationMs'
    | 'defaultPartitionExpirationMs'
    | 'maxTimeTravelHours'
    | 'storageBillingModel'
  >
>

const DATASET_ID = /^\w{1,1024}$/

/** Datasets: each is a schema of DuckDB. */
export class Datasets {
  readonly #store: Store
  readonly #now: () => number
  readonly #datasets = new Map<string, Dataset>()

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** What an earlier process left. */
  restore(id: string, dataset: Dataset): void {
    this.#datasets.set(id, dataset)
  }

  all(): Dataset[] {
    return [...this.#datasets.values()]
  }

  projects(): string[] {
    return [...new Set(this.all().map(({ projectId }) => projectId))]
  }

  /** Those of a project that people have made. */
  of(projectId: string): Dataset[] {
    const isHidden = (datasetId: string) => datasetId === RESULTS_DATASET || isOfScript(datasetId)
    return this.all().filter((dataset) => dataset.projectId === projectId && !isHidden(dataset.datasetId))
  }

  has(projectId: string, datasetId: string): boolean {
    return this.#datasets.has(idOf({ projectId, datasetId }))
  }

  /** @throws BigQueryError notFound */
  get(projectId: string, datasetId: string): Dataset {
    const id = idOf({ projectId, datasetId })
    const dataset = this.#datasets.get(id)
    if (!dataset) throw new BigQueryError('notFound', `Not found: Dataset ${id}`)
    return dataset
  }

  async create(dataset: Pick<Dataset, 'projectId' | 'datasetId'> & Partial<Dataset>): Promise<Dataset> {
    const id = idOf(dataset)
    if (!DATASET_ID.test(dataset.datasetId)) {
      throw new BigQueryError(
        'invalid',
        `Invalid dataset ID "${dataset.datasetId}": letters, digits and underscores.`,
      )
    }
    if (this.#datasets.has(id)) throw new BigQueryError('duplicate', `Already Exists: Dataset ${id}`)
    const now = this.#now()
    const created: Dataset = {
      location: 'US',
      labels: {},
      ...dataset,
      etag: newEtag(),
      creationTime: now,
      lastModifiedTime: now,
    }
    await this.#store.write(async (connection) => {
      await connection.run(`CREATE SCHEMA ${quote(id)}`)
      await save(connection, 'dataset', id, created)
    })
    this.#datasets.set(id, created)
    return created
  }

  /** @param ifMatch the etag that the caller has seen @throws BigQueryError conditionNotMet where it is another */
  async update(dataset: Dataset, change: DatasetChange, ifMatch?: string): Promise<Dataset> {
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== dataset.etag)
      throw new BigQueryError('conditionNotMet', 'Precondition check failed.', { location: 'If-Match' })
    const changed = { ...dataset, ...change, etag: newEtag(), lastModifiedTime: this.#now() }
    const id = idOf(dataset)
    await this.#store.write((connection) => save(connection, 'dataset', id, changed))
    this.#datasets.set(id, changed)
    return changed
  }

  /** A dataset without tables. */
  async delete(dataset: Dataset): Promise<void> {
    const id = idOf(dataset)
    await this.#store.write(async (connection) => {
      await connection.run(`DROP SCHEMA ${quote(id)}`)
      await forget(connection, 'dataset', id)
    })
    this.#datasets.delete(id)
  }
}

function idOf({ projectId, datasetId }: Pick<Dataset, 'projectId' | 'datasetId'>): string {
  return `${projectId}:${datasetId}`
}

const LONGEST_TIME_TRAVEL_HOURS = '168'

/** How far back the tables of a dataset may be asked for. */
export function timeTravelMs({ maxTimeTravelHours = LONGEST_TIME_TRAVEL_HOURS }: Dataset): number {
  return Number(maxTimeTravelHours) * 3_600_000
}
