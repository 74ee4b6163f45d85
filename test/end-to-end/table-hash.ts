import type { Clients } from './clients.ts'
import { DATASET } from './pipeline.ts'

/**
 * How many rows there are, and a digest of all values but the time at which a row was made. It is the same whatever the order of rows and
 * columns.
 *
 * @param table or a view
 */
export async function hashOf(clients: Pick<Clients, 'query'>, table: string): Promise<object> {
  const columns = await clients.query(
    `SELECT column_name AS name FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${table}' AND column_name != 'processed_timestamp' ORDER BY 1`,
  )
  const names = columns.map(({ name }) => `\`${String(name)}\``).join(', ')
  const [hash] = await clients.query(
    `SELECT COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(${names})))) AS STRING) AS digest FROM ${DATASET}.${table}`,
  )
  return hash!
}
