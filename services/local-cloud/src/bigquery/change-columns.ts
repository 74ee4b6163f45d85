import type { DuckDBConnection } from '@duckdb/node-api'
import { duckDbType, quote } from './fields.ts'
import { columnList, physical } from './physical.ts'
import type { SchemaChange } from './schema-change.ts'
import type { Table } from './table.ts'

/** From so many new columns on a table is made anew: DuckDB looks at all columns again for each one that is added. */
const MANY = 50

/** Makes DuckDB's table follow a change, inside of the caller's transaction. */
export async function changeColumns(
  connection: DuckDBConnection,
  { reference, fields }: Table,
  { added, grown }: SchemaChange,
): Promise<void> {
  const table = physical(reference)
  if (added.length >= MANY) {
    // a name that no table of BigQuery's can have
    const wider = physical({ ...reference, tableId: `${reference.tableId}\n` })
    await connection.run(`CREATE TABLE ${wider} (${columnList([...fields, ...added])})`)
    await connection.run(`INSERT INTO ${wider} BY NAME SELECT * FROM ${table}`)
    await connection.run(`DROP TABLE ${table}`)
    await connection.run(`ALTER TABLE ${wider} RENAME TO ${quote(reference.tableId)}`)
  } else {
    for (const field of added) await connection.run(`ALTER TABLE ${table} ADD COLUMN ${columnList([field])}`)
  }
  for (const field of grown) {
    const column = quote(field.name)
    // the text of a number has no zeros at its end
    const using = field.type === 'BIGNUMERIC' ? ` USING ${withoutZeros(column)}` : ''
    await connection.run(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${duckDbType(field)}${using}`)
  }
}

/** DuckDB's SQL for the text of a number: `1.5` for 1.500000000. */
function withoutZeros(column: string): string {
  return `regexp_replace(CAST(${column} AS VARCHAR), '(\\.[0-9]*[1-9])0+$|\\.0+$', '\\1')`
}
