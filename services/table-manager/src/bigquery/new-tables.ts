import type { Destination } from '@tablestream/contract'
import type { Pace, Turn } from '@tablestream/service-kit'
import type { Column } from '@tablestream/table-schema'
import type { CreateOptions, TableState } from '../tables.ts'
import { classify } from './bigquery-errors.ts'
import type { Calls } from './calls.ts'
import { createStatement, createViewStatement } from './create-statement.ts'
import { fieldsOfColumns, asAnswered } from './table-fields.ts'
import { stateOf, type TableMetadata } from './table-metadata.ts'

/** A statement may have 1,024k characters (docs: quotas, query jobs). */
const LONGEST_STATEMENT = 1_000_000

export interface NewTablesOptions {
  /** tables.insert */
  readonly insert: (table: string, definition: object) => Promise<TableMetadata>
  /** Runs a statement to its end. */
  readonly run: (statement: string) => Promise<unknown>
  /** `project.dataset` */
  readonly datasetPath: string
  /** The turns of tables.insert, and those of all statements. */
  readonly inserts: Pace
  readonly statements: Pace
}

/**
 * Makes tables and views: by tables.insert, which answers at once, as long as it is seldom; by a statement where that would
 * be too often, or is. Both make the same.
 */
export class NewTables {
  readonly #options: NewTablesOptions

  constructor(options: NewTablesOptions) {
    this.#options = options
  }

  /** @throws BigQuery's error, of the kind `exists` where somebody was faster */
  async table(
    destination: Destination,
    columns: readonly Column[],
    options: CreateOptions,
    calls: Calls,
  ): Promise<TableState> {
    const { table, partitionBy, clusterBy } = destination
    const { requirePartitionFilter = false, primaryKey = [], labels, source } = options
    const fields = fieldsOfColumns(columns)
    const tableConstraints = { primaryKey: { columns: [...primaryKey] } }
    const definition = {
      schema: { fields },
      timePartitioning: { type: 'DAY', field: partitionBy },
      ...(requirePartitionFilter && { requirePartitionFilter }),
      ...(primaryKey.length > 0 && { tableConstraints }),
      ...(clusterBy.length > 0 && { clustering: { fields: [...clusterBy] } }),
      ...(labels && { labels: { ...labels } }),
    }
    const statement = createStatement(`${this.#options.datasetPath}.${table}`, destination, fields, options)
    const mustInsert = statement.length > LONGEST_STATEMENT
    if (mustInsert) await this.#options.inserts.turn({ urgent: true, source })
    if (mustInsert || this.#options.inserts.take({ urgent: true })) {
      const metadata = await this.#insert(table, definition, calls, source)
      if (metadata) return stateOf(metadata)
    }
    await this.#run(`CREATE TABLE ${table}`, statement, calls, { urgent: true, source })
    const now = String(Date.now())
    return stateOf({
      ...definition,
      schema: { fields: asAnswered(fields) },
      creationTime: now,
      lastModifiedTime: now,
    })
  }

  /** Makes a view that no event waits for. @throws as `table` */
  view(view: string, query: string, calls: Calls): Promise<void> {
    const statement = createViewStatement(`${this.#options.datasetPath}.${view}`, query)
    return this.#run(`CREATE VIEW ${view}`, statement, calls, { urgent: false })
  }

  /** Makes a table that no event waits for, unless it is there. */
  async tableInBackground(table: string, definition: object, calls: Calls): Promise<void> {
    await this.#options.inserts.turn({ urgent: false })
    try {
      await calls.run(`tables.insert ${table}`, () => this.#options.insert(table, definition))
    } catch (error) {
      if (classify(error) !== 'exists') throw error
    }
  }

  /** undefined where the quota of tables.insert is used up: by other instances. */
  async #insert(
    table: string,
    definition: object,
    calls: Calls,
    source: string | undefined,
  ): Promise<TableMetadata | undefined> {
    try {
      return await calls.run(`tables.insert ${table}`, () => this.#options.insert(table, definition), source)
    } catch (error) {
      if (classify(error) !== 'quota') throw error
      return undefined
    }
  }

  async #run(what: string, statement: string, calls: Calls, turn: Turn): Promise<void> {
    await this.#options.statements.turn(turn)
    await calls.run(what, () => this.#options.run(statement), turn.source)
  }
}
