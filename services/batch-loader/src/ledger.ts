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
  /** What became of those of these loads that are done, by their ids: one query. */
  find(loadIds: readonly string[]): Promise<ReadonlyMap<string, readonly Account[]>>
  /** Says that loads are done, by one statement. However often it is called, it is said once. @param name of the job: the same each time */
  done(name: string, loaded: readonly Loaded[]): Promise<void>
}

/** What became of a source. */
export interface Loaded {
  readonly load: LoadName
  readonly accounts: readonly Account[]
}

export interface LoadName {
  readonly loadId: string
  readonly source: string
  readonly version: string
}

export const LEDGER = 'loads'

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
  readonly load_id: string
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
    async find(loadIds) {
      await isThere()
      if (loadIds.length === 0) return new Map()
      const rows = await warehouse.query<LedgerRow>(
        `SELECT load_id, event_type, table_name, records, landed, duplicates, dead_letters, stream FROM ${name}
          WHERE load_id IN UNNEST(@loadIds) ORDER BY event_type`,
        { loadIds },
      )
      const found = new Map<string, Account[]>()
      for (const row of rows) {
        const accounts = found.get(row.load_id) ?? []
        found.set(row.load_id, accounts)
        accounts.push({
          eventType: row.event_type,
          table: row.table_name,
          records: row.records,
          landed: row.landed,
          duplicates: row.duplicates,
          deadLetters: row.dead_letters,
          ...(row.stream !== null && { stream: row.stream }),
        })
      }
      return found
    },
    async done(jobName, loaded) {
      await isThere()
      // as a parameter: there may be more text than a statement has (docs: quotas, 1 MB)
      const rows = loaded.flatMap(({ load, accounts }) =>
        (accounts.length > 0 ? accounts : [NOTHING]).map((account) => rowOf(load, account)),
      )
      const columns = FIELDS.map((field) => field.name).join(', ')
      const values = FIELDS.map(({ type }, at) =>
        type === 'TIMESTAMP'
          ? 'CURRENT_TIMESTAMP()'
          : `CAST(JSON_VALUE(r, '$[${at}]') AS ${type === 'INTEGER' ? 'INT64' : type})`,
      )
      // who lost the job's name in the meantime says it a second time: the first one stands
      const query = `INSERT INTO ${name} (${columns}) SELECT ${values.join(', ')} FROM UNNEST(JSON_QUERY_ARRAY(@rows)) AS r
        WHERE JSON_VALUE(r, '$[0]') NOT IN (SELECT load_id FROM ${name})`
      await warehouse.runOnce(jobName, { query: { query, params: { rows: JSON.stringify(rows) } } })
    },
  }
}

/** A source without records has been loaded, too. */
const NOTHING: Account = { eventType: '', table: '', records: 0, landed: 0, duplicates: 0, deadLetters: 0 }

/** In the order of the fields. */
function rowOf({ loadId, source, version }: LoadName, account: Account): readonly (string | number | null)[] {
  const { eventType, table, records, landed, duplicates, deadLetters, stream = null } = account
  return [loadId, source, version, null, eventType, table, records, landed, duplicates, deadLetters, stream]
}
