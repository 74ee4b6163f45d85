import type { DuckDBConnection } from '@duckdb/node-api'
import { BigQueryError } from '../errors.ts'
import { partitionCondition } from '../table/partition-decorator.ts'
import { physical } from '../table/physical.ts'
import { tableId, type Table } from '../table/table.ts'

/** The partition that rows go to: none of them may be in another one. */
export class PartitionBounds {
  /** DuckDB's SQL that is true for its rows. */
  readonly condition: string
  readonly #table: Table
  readonly #partition: string
  #others = 0

  /** @throws BigQueryError where the table has no such partition */
  constructor(table: Table, partition: string) {
    this.#table = table
    this.#partition = partition
    this.condition = partitionCondition(table, partition)
  }

  /** Before the rows come. @param isEmpty nothing may be in it yet @throws BigQueryError duplicate */
  async begin(connection: DuckDBConnection, isEmpty: boolean): Promise<void> {
    this.#others = await this.#countOthers(connection)
    if (isEmpty && (await this.#count(connection, this.condition)) > 0)
      throw new BigQueryError('duplicate', `Already Exists: Table ${this.#name()}`)
  }

  /** When they are there. @throws BigQueryError invalid where some are in another partition */
  async end(connection: DuckDBConnection): Promise<void> {
    const strangers = (await this.#countOthers(connection)) - this.#others
    if (strangers > 0)
      throw new BigQueryError(
        'invalid',
        `${strangers} rows belong to another partition than ${this.#name()}.`,
      )
  }

  #name(): string {
    return `${tableId(this.#table.reference)}$${this.#partition}`
  }

  #countOthers(connection: DuckDBConnection): Promise<number> {
    return this.#count(connection, `NOT coalesce(${this.condition}, FALSE)`)
  }

  async #count(connection: DuckDBConnection, condition: string): Promise<number> {
    const from = physical(this.#table.reference)
    const rows = await connection.runAndReadAll(`SELECT count(*) FROM ${from} WHERE ${condition}`)
    return Number(rows.getRows()[0]![0])
  }
}
