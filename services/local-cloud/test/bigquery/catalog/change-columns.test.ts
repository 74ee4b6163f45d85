import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

t.test('a table that gets very many columns at once keeps its rows, over a restart too', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const dataFolder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  t.teardown(() => rmSync(dataFolder, { recursive: true, force: true }))
  const open = async () => {
    const cloud = await startLocalCloud({ dataFolder })
    const apiEndpoint = `http://127.0.0.1:${cloud.bigqueryPort}`
    return { cloud, bigquery: new BigQuery({ projectId: 'p', apiEndpoint, maxRetries: 0 }) }
  }
  const fields: object[] = [
    { name: 'id', type: 'STRING' },
    { name: 'day', type: 'DATE' },
    { name: 'r', type: 'RECORD', fields: [{ name: 'a', type: 'INTEGER' }] },
    { name: 'j', type: 'JSON' },
  ]
  const first = await open()
  const [dataset] = await first.bigquery.createDataset('d')
  const [table] = await dataset.createTable('t', { schema: { fields } })
  await table.insert([{ id: 'before', day: '2026-01-01', r: { a: 1 }, j: '{"b":2}' }])
  const grown = {
    name: 'r',
    type: 'RECORD',
    fields: [
      { name: 'a', type: 'INTEGER' },
      { name: 'c', type: 'STRING' },
    ],
  }
  const many = Array.from({ length: 300 }, (_, n) => ({
    name: `n${n}`,
    type: n % 2 === 0 ? 'INTEGER' : 'STRING',
  }))
  const wider = [fields[0]!, fields[1]!, grown, fields[3]!, ...many]
  await table.setMetadata({ schema: { fields: wider } })
  await table.insert([{ id: 'later', r: { a: 2, c: 'x' }, n0: 7, n299: 'y' }])
  const check = async (bigquery: BigQuery, when: string) => {
    const [rows] = await bigquery.query(
      'SELECT id, CAST(day AS STRING) AS day, r.a, r.c, JSON_VALUE(j, "$.b") AS b, n0, n299 FROM d.t ORDER BY id',
    )
    const expected = [
      { id: 'before', day: '2026-01-01', a: 1, c: null, b: '2', n0: null, n299: null },
      { id: 'later', day: null, a: 2, c: 'x', b: null, n0: 7, n299: 'y' },
    ]
    t.same(rows, expected, when)
    const [[all]] = (await bigquery.query("SELECT * FROM d.t WHERE id = 'before'")) as [[object]]
    t.same(Object.keys(all).slice(0, 5), ['id', 'day', 'r', 'j', 'n0'], 'columns in their order')
  }
  await check(first.bigquery, 'at once')
  await first.cloud.close()
  const second = await open()
  t.teardown(() => second.cloud.close())
  await check(second.bigquery, 'after a restart')
})
