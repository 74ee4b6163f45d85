import type { Datasets } from './datasets.ts'
import { BigQueryError } from '../errors.ts'
import { forget, newEtag, save } from '../store/resource-rows.ts'
import { readRoutine, routineId, ROUTINE_ID, type Routine, type RoutineReference } from './routine.ts'
import type { Store } from '../store/store.ts'

/** Functions that people make. */
export class Routines {
  readonly #store: Store
  readonly #datasets: Datasets
  readonly #now: () => number
  readonly #routines = new Map<string, Routine>()

  constructor(store: Store, datasets: Datasets, now: () => number) {
    this.#store = store
    this.#datasets = datasets
    this.#now = now
  }

  /** What an earlier process left. */
  restore(id: string, routine: Routine): void {
    this.#routines.set(id, routine)
  }

  /** @throws BigQueryError notFound where the dataset is not there */
  of(projectId: string, datasetId: string): Routine[] {
    this.#datasets.get(projectId, datasetId)
    return [...this.#routines.values()].filter(
      ({ reference }) => reference.projectId === projectId && reference.datasetId === datasetId,
    )
  }

  find(reference: RoutineReference): Routine | undefined {
    return this.#routines.get(routineId(reference))
  }

  /** @throws BigQueryError notFound */
  get(reference: RoutineReference): Routine {
    const routine = this.find(reference)
    if (!routine) throw new BigQueryError('notFound', `Not found: Routine ${routineId(reference)}`)
    return routine
  }

  /** @throws BigQueryError duplicate, notFound, invalid, notImplemented */
  async create(reference: RoutineReference, body: object): Promise<Routine> {
    this.#datasets.get(reference.projectId, reference.datasetId)
    const id = routineId(reference)
    if (!ROUTINE_ID.test(reference.routineId))
      throw new BigQueryError('invalid', `Invalid routine ID "${reference.routineId}".`)
    const spec = readRoutine(body)
    if (this.#routines.has(id)) throw new BigQueryError('duplicate', `Already Exists: Routine ${id}`)
    const now = this.#now()
    return this.#keep(id, { reference, spec, etag: newEtag(), creationTime: now, lastModifiedTime: now })
  }

  /** routines.update: what is not sent is taken away. @throws BigQueryError as `create`, conditionNotMet */
  async update(reference: RoutineReference, body: object, ifMatch?: string): Promise<Routine> {
    const before = this.get(reference)
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== before.etag)
      throw new BigQueryError('conditionNotMet', 'Precondition check failed.', { location: 'If-Match' })
    const spec = readRoutine(body)
    return this.#keep(routineId(reference), {
      ...before,
      spec,
      etag: newEtag(),
      lastModifiedTime: this.#now(),
    })
  }

  /** @throws BigQueryError notFound */
  async delete(reference: RoutineReference): Promise<void> {
    this.get(reference)
    const id = routineId(reference)
    await this.#store.write((connection) => forget(connection, 'routine', id))
    this.#routines.delete(id)
  }

  async #keep(id: string, routine: Routine): Promise<Routine> {
    await this.#store.write((connection) => save(connection, 'routine', id, routine))
    this.#routines.set(id, routine)
    return routine
  }
}
