import type { Clients } from './clients.ts'
import { DATASET } from './pipeline.ts'

type Asks = Pick<Clients, 'query'>

interface Hashed {
  /** All where nothing is said, but the time at which a row was made. */
  readonly columns?: readonly string[]
  /** SQL that is true for the rows that count. */
  readonly where?: string
}

/**
 * How many rows there are, and a digest of all values but the time at which a row was made. It is the same whatever the order of rows and
 * columns.
 *
 * @param table or a view
 */
export async function hashOf(
  clients: Asks,
  table: string,
  { columns, where = 'TRUE' }: Hashed = {},
): Promise<object> {
  const names = (columns ?? (await columnsOf(clients, table))).toSorted().map((name) => `\`${name}\``)
  const [hash] = await clients.query(
    `SELECT COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(${names.join(', ')})))) AS STRING) AS digest
     FROM ${DATASET}.${table} WHERE ${where}`,
  )
  return hash!
}

/** The names of all columns but that of the time at which a row was made. */
export async function columnsOf(clients: Asks, table: string): Promise<string[]> {
  const columns = await clients.query(
    `SELECT column_name AS name FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${table}' AND column_name != 'processed_timestamp'`,
  )
  return columns.map(({ name }) => String(name))
}
