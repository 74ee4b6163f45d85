import type { Faults } from '../../faults/faults.ts'
import { BigQueryError } from '../errors.ts'
import { refuseSnapshot } from '../table/table-snapshot.ts'
import { tableId, type Table, type TableReference } from '../table/table.ts'
import { DroppedTables } from './dropped-tables.ts'
import { isExpired } from './expiration.ts'
import { found, KnownTables } from './known-tables.ts'
import { LateKnowledge } from './late-knowledge.ts'

/** Which tables there are, by who asks: the write path and tables.get may know of a change later than others. */
export class TableKnowledge {
  readonly #now: () => number
  readonly #tables = new KnownTables()
  readonly #writePath: LateKnowledge
  readonly #metadata: LateKnowledge
  readonly #dropped: DroppedTables

  constructor(now: () => number, faults: Faults) {
    this.#now = now
    this.#writePath = new LateKnowledge(now, faults, 'storage.schema')
    this.#metadata = new LateKnowledge(now, faults, 'bigquery.metadata')
    this.#dropped = new DroppedTables(now, faults)
  }

  all(): Table[] {
    return this.#tables.all().filter((table) => !isExpired(table, this.#now()))
  }

  /** Those that are over some day, or whose partitions are; what is over already is among them until it is dropped. */
  expiring(): Table[] {
    return this.#tables.expiring().map(([, table]) => table)
  }

  find(reference: TableReference): Table | undefined {
    const table = this.#tables.get(tableId(reference))
    return table && !isExpired(table, this.#now()) ? table : undefined
  }

  /** What stands under an id, though its time be over. */
  under(id: string): Table | undefined {
    return this.#tables.get(id)
  }

  /** As `KnownTables.twinOf`. */
  twinOf(id: string): string | undefined {
    return this.#tables.twinOf(id)
  }

  /** @throws BigQueryError notFound */
  get(reference: TableReference): Table {
    return found(this.find(reference), reference)
  }

  /** A table that holds rows itself. @throws BigQueryError notFound, invalid for a view or an external table */
  stored(reference: TableReference): Table {
    const table = this.get(reference)
    const { view, externalDataConfiguration } = table.spec
    const kind = view ? 'a VIEW' : externalDataConfiguration ? 'an EXTERNAL table' : undefined
    if (kind) {
      const message = `${tableId(reference)} is not allowed for this operation: it is ${kind}.`
      throw new BigQueryError('invalid', message)
    }
    return table
  }

  /** A table whose rows may change. @throws BigQueryError as `stored`, invalid for a snapshot */
  writable(reference: TableReference): Table {
    const table = this.stored(reference)
    refuseSnapshot(table)
    return table
  }

  /** A table as the Storage Write API knows it, which may be later. @throws BigQueryError as `writable` */
  forWriters(reference: TableReference): Table {
    const dropped = this.#dropped.find(tableId(reference))
    if (dropped) return dropped
    return found(this.#writePath.versionOf(this.writable(reference)), reference)
  }

  /** Whether a table of this name was dropped a moment ago. */
  wasLatelyDropped(reference: TableReference): boolean {
    return this.#dropped.wasLately(tableId(reference))
  }

  /** A table as tables.get shows it, which may be as it was before. @throws BigQueryError notFound */
  forReaders(reference: TableReference): Table {
    return found(this.#metadata.versionOf(this.get(reference)), reference)
  }

  /** Whether the table is dropped and takes rows all the same: they go nowhere. */
  losesRows(table: Table): boolean {
    return this.#dropped.has(table)
  }

  /** What an earlier process left. */
  restore(id: string, table: Table): void {
    this.#tables.set(id, table)
  }

  /** A table is made, or changed. */
  learn(table: Table): void {
    const id = tableId(table.reference)
    this.#writePath.learn(id, table, this.#tables.get(id))
    this.#metadata.learn(id, table, this.#tables.get(id))
    this.#tables.set(id, table)
  }

  /** Nothing is called so any more. */
  forget(id: string): void {
    this.#tables.delete(id)
    this.#writePath.forget(id)
    this.#metadata.forget(id)
  }

  /** A table is gone, with its rows. */
  drop(table: Table): void {
    this.forget(tableId(table.reference))
    if (!table.spec.view) this.#dropped.drop(table)
  }
}
