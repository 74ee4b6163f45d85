import type { TableField, Warehouse } from './google/bigquery.ts'

/** What became of the records of a source that are of one type, in one table. Empty texts: records that are no events. */
export interface Account {
  readonly eventType: string
  readonly table: string
  readonly records: number
  readonly landed: number
  readonly duplicates: number
  readonly deadLetters: number
  /** The write stream by which rows came; absent: load jobs, or none. */
  readonly stream?: string
}

/** The table of what was loaded: what is in it has landed. */
export interface Ledger {
  /** The full name of its table, in backticks, which is there then. */
  table(): Promise<string>
  /** What became of a load that is done; undefined where it is not. */
  find(loadId: string): Promise<readonly Account[] | undefined>
  /** Says that a load is done. However often it is called, it is said once. */
  done(load: LoadName, accounts: readonly Account[]): Promise<void>
}

export interface LoadName {
  readonly loadId: string
  readonly source: string
  readonly version: string
}

const LEDGER = 'loads'

/** Tables of an older version have none. */
const STREAM: TableField = { name: 'stream', type: 'STRING' }

const FIELDS: readonly TableField[] = [
  { name: 'load_id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'source', type: 'STRING', mode: 'REQUIRED' },
  { name: 'version', type: 'STRING', mode: 'REQUIRED' },
  { name: 'loaded_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
  { name: 'event_type', type: 'STRING' },
  { name: 'table_name', type: 'STRING' },
  { name: 'records', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'landed', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'duplicates', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'dead_letters', type: 'INTEGER', mode: 'REQUIRED' },
  STREAM,
]

interface LedgerRow {
  readonly event_type: string
  readonly table_name: string
  readonly records: number
  readonly landed: number
  readonly duplicates: number
  readonly dead_letters: number
  readonly stream: string | null
}

/** Its table is made when it is first asked: a dry run, which does not ask, changes nothing. */
export function openLedger(warehouse: Warehouse): Ledger {
  let made: Promise<void> | undefined
  const name = warehouse.name(LEDGER)
  const make = async () => {
    await warehouse.makeTable(LEDGER, FIELDS)
    const known = await warehouse.table(LEDGER)
    if (known && !known.columns.some((column) => column.name === STREAM.name))
      await warehouse.query(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${STREAM.name} ${STREAM.type}`)
  }
  const isThere = () => (made ??= make())
  return {
    async table() {
      await isThere()
      return name
    },
    async find(loadId) {
      await isThere()
      const rows = await warehouse.query<LedgerRow>(
        `SELECT event_type, table_name, records, landed, duplicates, dead_letters, stream FROM ${name}
          WHERE load_id = @loadId ORDER BY event_type`,
        { loadId },
      )
      if (rows.length === 0) return undefined
      return rows.map((row) => ({
        eventType: row.event_type,
        table: row.table_name,
        records: row.records,
        landed: row.landed,
        duplicates: row.duplicates,
        deadLetters: row.dead_letters,
        ...(row.stream !== null && { stream: row.stream }),
      }))
    },
    async done({ loadId, source, version }, accounts) {
      await isThere()
      const all = accounts.length > 0 ? accounts : [NOTHING]
      const rows = all.map(
        ({ eventType, table, records, landed, duplicates, deadLetters, stream }) =>
          `SELECT ${[loadId, source, version].map(literal).join(', ')}, CURRENT_TIMESTAMP(),
            ${[eventType, table].map(literal).join(', ')}, ${[records, landed, duplicates, deadLetters].join(', ')},
            ${stream === undefined ? 'CAST(NULL AS STRING)' : literal(stream)}`,
      )
      const columns = FIELDS.map((field) => field.name).join(', ')
      // who lost the job's name in the meantime says it a second time: the first one stands
      const query = `INSERT INTO ${name} (${columns}) SELECT * FROM (${rows.join(' UNION ALL ')})
        WHERE NOT EXISTS (SELECT 1 FROM ${name} WHERE load_id = ${literal(loadId)})`
      await warehouse.runOnce(`load_${loadId}_done`, { query: { query } })
    },
  }
}

/** A source without records has been loaded, too. */
const NOTHING: Account = { eventType: '', table: '', records: 0, landed: 0, duplicates: 0, deadLetters: 0 }

/** A text in SQL (docs: lexical structure, string literals: JSON's escapes are among them). */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll("'", String.raw`\u0027`)
}
