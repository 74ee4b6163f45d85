import { schemaView, type Tables } from './dataset.ts'

/** A table that holds events, as far as it is looked up in. */
export interface EventTableName {
  readonly table: string
  readonly hasFingerprint: boolean
  readonly hasSource: boolean
}

/** Their names are asked for again after so long. */
const KEPT_MS = 30_000
/** And after so long where nothing was found: a table that was just made is looked up in by then. */
const NEW_MS = 2000

/** The tables that hold events. */
export class EventTableNames {
  readonly #tables: Tables
  readonly #now: () => number
  #names: Promise<readonly EventTableName[]> | undefined
  #readAt = -Infinity

  constructor(tables: Tables, now: () => number) {
    this.#tables = tables
    this.#now = now
  }

  /** @param maxAgeMs how old they may be */
  names(maxAgeMs = KEPT_MS): Promise<readonly EventTableName[]> {
    if (this.#names && this.#now() - this.#readAt < maxAgeMs) return this.#names
    this.#readAt = this.#now()
    const names = this.#read()
    this.#names = names
    void names.catch(() => (this.#readAt = -Infinity))
    return names
  }

  /** Whether there are tables by now that `names` did not tell. */
  async haveCome(): Promise<boolean> {
    const before = new Set((await this.names()).map(({ table }) => table))
    return (await this.names(NEW_MS)).some(({ table }) => !before.has(table))
  }

  async #read(): Promise<readonly EventTableName[]> {
    const sql = `SELECT c.table_name, COUNTIF(LOWER(c.column_name) = '_fingerprint') AS fingerprints,
        COUNTIF(LOWER(c.column_name) = '_source') AS sources
      FROM ${schemaView(this.#tables, 'COLUMNS')} AS c JOIN ${schemaView(this.#tables, 'TABLES')} AS t ON t.table_name = c.table_name
      WHERE t.table_type IN ('BASE TABLE', 'CLONE')
        AND (LOWER(c.column_name), c.data_type) IN (('event_id', 'STRING'), ('event_date', 'DATE'),
          ('processed_timestamp', 'TIMESTAMP'), ('_fingerprint', 'INT64'),
          ('_source', 'STRING'))
      GROUP BY 1 HAVING COUNTIF(LOWER(c.column_name) NOT IN ('_fingerprint', '_source')) = 3 ORDER BY 1`
    const names: EventTableName[] = []
    for await (const { rows } of this.#tables.warehouse.pages({ sql }))
      names.push(
        ...rows.map((row) => ({
          table: row['table_name'] as string,
          hasFingerprint: Number(row['fingerprints']) > 0,
          hasSource: Number(row['sources']) > 0,
        })),
      )
    return names
  }
}
