import type { DuckDBValue } from '@duckdb/node-api'
import { notImplemented } from '../errors.ts'
import { duckDbType, hasBig, quote, quoteText, type Field } from '../values/fields.ts'
import { holdsRange, isPicos } from '../values/type-parameters.ts'
import { withOwnDuckDb } from './own-duckdb.ts'

type Row = readonly (DuckDBValue | undefined)[]

/** Parquet's types are those that DuckDB has for the columns (docs: exporting data, "Parquet export details"). */
export async function writeParquet(
  path: string,
  fields: readonly Field[],
  rows: readonly Row[],
  compression: string,
): Promise<void> {
  const special = fields.find((field) => hasBig([field]) || isPicos(field) || holdsRange(field))
  if (special)
    throw notImplemented(`BIGNUMERIC, RANGE and picoseconds in Parquet files (column ${special.name})`)
  await withOwnDuckDb(async (connection) => {
    const columns = fields.map((field) => `${quote(field.name)} ${duckDbType(field)}`)
    await connection.run(`CREATE TABLE rows (${columns.join(', ')})`)
    const types = (await connection.runAndReadAll('SELECT * FROM rows')).columnTypes()
    const appender = await connection.createAppender('rows')
    for (const row of rows) {
      types.forEach((type, index) => appender.appendValue(row[index] ?? null, type))
      appender.endRow()
    }
    appender.closeSync()
    await connection.run(`COPY rows TO ${quoteText(path)} (FORMAT parquet, COMPRESSION ${compression})`)
  })
}
