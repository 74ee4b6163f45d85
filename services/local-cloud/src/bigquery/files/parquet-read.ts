import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBValue } from '@duckdb/node-api'
import { fieldOf } from '../cells.ts'
import { asResourcesExceeded, BigQueryError } from '../errors.ts'
import { quoteText, type Field } from '../fields.ts'
import type { FileRows } from './file-rows.ts'
import { withOwnDuckDb } from './own-duckdb.ts'
import { jsonLines } from './text-write.ts'

async function readWith(
  bytes: Buffer,
  sqlOf: (path: string) => string,
): Promise<{ fields: readonly Field[]; rows: readonly (readonly DuckDBValue[])[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-file-'))
  const path = join(folder, 'file')
  writeFileSync(path, bytes)
  try {
    return await withOwnDuckDb(async (connection) => {
      const reader = await connection.runAndReadAll(sqlOf(quoteText(path)))
      const types = reader.columnTypes()
      const fields = reader.columnNames().map((name, index) => fieldOf(name, types[index]!))
      return { fields, rows: reader.getRows() }
    })
  } catch (error) {
    if (error instanceof BigQueryError) throw error
    const exceeded = asResourcesExceeded(error)
    if (exceeded) throw exceeded
    const message = `Error while reading data, error message: ${(error as Error).message.replaceAll(path, 'the file')}`
    throw new BigQueryError('invalid', message, { cause: error })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function readParquet(bytes: Buffer): Promise<FileRows> {
  const { fields, rows } = await readWith(bytes, (path) => `SELECT * FROM read_parquet(${path})`)
  const lines = jsonLines(fields, rows).split('\n').slice(0, -1)
  return { fields, rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}
