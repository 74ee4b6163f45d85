import { Faults } from '../../faults/faults.ts'
import { renewBigNumerics } from './change-columns.ts'
import { Datasets, timeTravelMs, type Dataset } from './datasets.ts'
import { BigQueryError } from '../errors.ts'
import { hasBig } from '../values/fields.ts'
import { insertTarget } from '../table/physical.ts'
import { loadResources } from '../store/resource-rows.ts'
import type { Routine } from './routine.ts'
import { Routines } from './routines.ts'
import { isOfScript } from './script-dataset.ts'
import type { Store } from '../store/store.ts'
import type { StreamingBuffer } from '../store/streaming-buffer.ts'
import { TablePolicies, type Policy } from './table-policies.ts'
import { Tables } from './tables.ts'
import { incarnationOf, viewOf, type Table } from '../table/table.ts'
import { WriteStreams, type WriteStream } from './write-streams.ts'

/** What exists: datasets, and the tables in them. */
export class Catalog {
  readonly datasets: Datasets
  readonly tables: Tables
  readonly streams: WriteStreams
  readonly routines: Routines
  readonly policies: TablePolicies
  readonly buffer: StreamingBuffer

  private constructor(store: Store, now: () => number, faults: Faults) {
    this.buffer = store.buffer
    this.datasets = new Datasets(store, now)
    this.tables = new Tables({ store, datasets: this.datasets, now, faults })
    store.history.knows(
      (incarnation) => {
        const table = this.tables.all().find((each) => incarnationOf(each) === incarnation)
        const isKept = table && !viewOf(table.spec) && !table.spec.externalDataConfiguration
        return isKept && !isOfScript(table.reference.datasetId) ? table : undefined
      },
      ({ projectId, datasetId }) => timeTravelMs(this.datasets.get(projectId, datasetId)),
    )
    this.policies = new TablePolicies(store, (reference) => void this.tables.get(reference))
    this.tables.onGone((id, newId) =>
      newId === undefined ? this.policies.forget(id) : this.policies.rename(id, newId),
    )
    this.routines = new Routines(store, this.datasets, now)
    this.streams = new WriteStreams({ store, tables: this.tables, now })
    this.tables.onAlter((table, work) => this.streams.hold(table, work))
  }

  /** Reads what an earlier process left in the store. */
  static async open(store: Store, now: () => number, faults: Faults = new Faults(now)): Promise<Catalog> {
    const catalog = new Catalog(store, now, faults)
    await loadResources(store, (kind, id, resource) => {
      if (kind === 'dataset') catalog.datasets.restore(id, resource as Dataset)
      else if (kind === 'table') catalog.tables.known.restore(id, resource as Table)
      else if (kind === 'routine') catalog.routines.restore(id, resource as Routine)
      else if (kind === 'policy') catalog.policies.restore(id, resource as Policy)
      else catalog.streams.restore(resource as WriteStream)
    })
    for (const table of catalog.tables.all())
      if (!table.spec.view && hasBig(table.fields))
        await store.write((connection) => renewBigNumerics(connection, table))
    const targets = new Map(catalog.tables.all().map((table) => [incarnationOf(table), table]))
    const streamRows = await store.restore((incarnation) => {
      const table = targets.get(incarnation)
      return table ? insertTarget(table) : catalog.streams.waitingTarget(incarnation)
    })
    await catalog.streams.restoreRows(streamRows)
    // of scripts that an earlier process did not bring to their end
    for (const { projectId, datasetId } of catalog.datasets.all())
      if (isOfScript(datasetId)) await catalog.deleteDataset(projectId, datasetId, true)
    return catalog
  }

  async deleteDataset(projectId: string, datasetId: string, deleteContents: boolean): Promise<void> {
    const dataset = this.datasets.get(projectId, datasetId)
    await this.tables.dropExpired()
    const tables = this.tables.of(projectId, datasetId)
    const routines = this.routines.of(projectId, datasetId)
    if (tables.length + routines.length > 0 && !deleteContents) {
      throw new BigQueryError('resourceInUse', `Dataset ${projectId}:${datasetId} is still in use`)
    }
    for (const table of tables) await this.tables.delete(table.reference)
    for (const { reference } of routines) await this.routines.delete(reference)
    await this.datasets.delete(dataset)
  }

  async reset(): Promise<void> {
    for (const { projectId, datasetId } of this.datasets.all())
      await this.deleteDataset(projectId, datasetId, true)
  }
}
