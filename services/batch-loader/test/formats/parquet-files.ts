import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Test } from 'tap'

/** A file that DuckDB writes of what a query finds. @param options of its COPY */
export async function parquetOf(t: Test, query: string, options = ''): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'parquet-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'file')
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet ${options})`)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  return readFileSync(path)
}
