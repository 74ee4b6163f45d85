import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

interface Answer {
  readonly status: number
  readonly body: { error?: { code: number; message: string; errors: { reason: string }[] }; rows?: unknown[] }
}

const WANTS_MUCH =
  'SELECT ARRAY_AGG(CONCAT(CAST(n AS STRING), REPEAT("x", 200))) AS a FROM UNNEST(GENERATE_ARRAY(1, 2000000)) AS n'

t.test('a query that needs more memory than there is ends as at BigQuery, and others go on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  const cloud = await startLocalCloud({ dataFolder: folder, memoryMb: 100 })
  t.teardown(async () => {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const base = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const ask = async (query: string): Promise<Answer> => {
    const response = await fetch(`${base}/queries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, useLegacySql: false }),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  const much = await ask(WANTS_MUCH)
  t.equal(much.status, 400)
  t.match(much.body.error, { code: 400, errors: [{ reason: 'resourcesExceeded' }] })
  t.match(much.body.error!.message, /^Resources exceeded during query execution: /)
  t.match(await ask('SELECT 1 AS one'), { status: 200 })
  // as a list they would be 160 MB, and half a gigabyte on the way there
  const many = await ask('SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 20000000)) AS n')
  t.same(
    many.body.rows,
    [{ f: [{ v: '20000000' }] }],
    'numbers that are generated are rows one after the other',
  )
})
