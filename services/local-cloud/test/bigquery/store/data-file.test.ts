import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import t, { type Test } from 'tap'
import { openDataFile, ROW_GROUP_ROWS } from '../../../src/bigquery/store/data-file.ts'

function newPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), "local-cloud's "))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'bigquery.duckdb')
}

async function value(connection: DuckDBConnection, sql: string): Promise<unknown> {
  return (await connection.runAndReadAll(sql)).getRows()[0]?.[0]
}

const LARGEST = `SELECT max(rows) FROM (SELECT sum(count) AS rows FROM pragma_storage_info('a.t')
  WHERE segment_type <> 'VALIDITY' GROUP BY column_id, row_group_id)`

t.test('a checkpoint writes anew no more rows of a table than are in a small group', async (t) => {
  const path = newPath(t)
  const first = await openDataFile(path, 200)
  const writer = await first.connect()
  await writer.run('CREATE SCHEMA a')
  await writer.run('CREATE TABLE a.t (n BIGINT)')
  for (let round = 0; round < 5; round++) {
    await writer.run('INSERT INTO a.t SELECT range FROM range(10_000)')
    await writer.run('CHECKPOINT')
  }
  t.equal(await value(writer, LARGEST), BigInt(ROW_GROUP_ROWS))
  writer.closeSync()
  first.close()

  const second = await openDataFile(path, 200)
  const again = await second.connect()
  await again.run('INSERT INTO a.t SELECT range FROM range(50_000)')
  await again.run('CHECKPOINT')
  t.equal(await value(again, LARGEST), BigInt(ROW_GROUP_ROWS), 'of a file that was there, too')
  t.equal(await value(again, 'SELECT count(*) FROM a.t'), 100_000n)
  again.closeSync()
  second.close()
})

t.test('a file of an earlier version is read, and written to', async (t) => {
  const path = newPath(t)
  const instance = await DuckDBInstance.create(path, { default_block_size: '16384' })
  const before = await instance.connect()
  await before.run('CREATE SCHEMA a')
  await before.run('CREATE TABLE a.t AS SELECT range AS n FROM range(200_000)')
  await before.run('CREATE MACRO a.twice(x) AS x * 2')
  before.closeSync()
  instance.closeSync()

  const file = await openDataFile(path, 200)
  const writer = await file.connect()
  await writer.run('INSERT INTO a.t VALUES (7)')
  t.equal(await value(await file.connect(), 'SELECT count(*) FROM a.t'), 200_001n)
  t.equal(await value(writer, 'SELECT a.twice(4)'), 8)
  await t.rejects(writer.run(`SELECT * FROM read_text('${process.execPath}')`), /disabled/)
  await t.rejects(writer.run('ATTACH $$other.duckdb$$ AS other'), /disabled/)
  await t.rejects(writer.run('SET threads = 8'), /locked/)
  file.close()
})

t.test('memory is given back, and its limit stays', async (t) => {
  const file = await openDataFile(':memory:', 200)
  const writer = await file.connect()
  await file.giveBack()
  t.equal(await value(writer, "SELECT current_setting('memory_limit')"), '200.0 MiB')
  writer.closeSync()
  file.close()
})
