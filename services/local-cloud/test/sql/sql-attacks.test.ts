import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'

// What a caller of the HTTP port can send as a query; nothing but the tables of local-cloud may come of it.
t.test('SQL reaches no file, no extension and no network', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sql-attacks-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const secret = 'a-secret-of-this-machine'
  for (const [name, text] of [
    ['x.json', `{"content":"${secret}"}`],
    ['x.csv', `content\n${secret}\n`],
    ['x.tsv', `content\n${secret}\n`],
  ] as const)
    writeFileSync(join(folder, name), text)
  let reached = 0
  const elsewhere = createServer((_request, response) => {
    reached++
    response.end(`{"content":"${secret}"}`)
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  t.teardown(() => elsewhere.close())
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/x.json`

  const cloud = await startLocalCloud({ dataFolder: join(folder, 'data') })
  t.teardown(() => cloud.close())
  const send = async (path: string, body: object): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }
  await send('/datasets', { datasetReference: { datasetId: 'd' } })
  const fields = [
    { name: 'n', type: 'INTEGER' },
    { name: 'content', type: 'STRING' },
  ]
  await send('/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields } })
  await send('/datasets/d/tables/t/insertAll', { rows: [{ json: { n: 1, content: 'kept' } }] })
  const query = (sql: string) => send('/queries', { query: sql, useLegacySql: false })

  const file = (name: string) => `\`${join(folder, name)}\``
  const ATTACKS = [
    ...['x.json', 'x.csv', 'x.tsv'].flatMap((name) => [
      `SELECT * FROM ${file(name)}`,
      `SELECT * FROM (TABLE ${file(name)})`,
      `SELECT * FROM (DESCRIBE ${file(name)})`,
      `SELECT * FROM (SUMMARIZE ${file(name)})`,
      `SELECT * FROM (SHOW ${file(name)})`,
      `SELECT (TABLE ${file(name)})`,
      `SELECT * FROM (FROM ${file(name)})`,
      `SELECT * FROM (${file(name)})`,
      `SELECT * FROM (${file(name)} AS a JOIN d.t ON TRUE)`,
      `SELECT * FROM (d.t JOIN ${file(name)} AS a ON TRUE)`,
      `SELECT * FROM (PIVOT_WIDER ${file(name)} ON content)`,
      `SELECT * FROM (PIVOT_LONGER ${file(name)} ON content)`,
      `SELECT * FROM d.t AS VALUES, ${file(name)}`,
      `SELECT * FROM d.t SET, ${file(name)}`,
      `SELECT * FROM d.t AS a : ${file(name)}`,
      `WITH a AS (SELECT 1) SELECT * FROM a : ${file(name)}`,
      `SELECT 1 FROM (SELECT 1 AS one) WINDOW ${file(name)} AS (ORDER BY one) UNION ALL SELECT content FROM ${file(name)}`,
      `SELECT (SELECT content FROM ${file(name)})`,
      `SELECT 1 IN (SELECT content FROM ${file(name)})`,
      `DELETE FROM d.t USING ${file(name)} AS r WHERE STARTS_WITH(r.content, "a")`,
      `UPDATE d.t SET content = r.content FROM ${file(name)} AS r WHERE TRUE`,
      `INSERT INTO d.t (content) TABLE ${file(name)}`,
      `INSERT INTO d.t (content) SELECT content FROM ${file(name)}`,
    ]),
    ...['read_text', 'read_csv', 'read_json', 'read_blob', 'read_parquet', 'glob', 'sniff_csv'].flatMap(
      (name) => [
        `SELECT * FROM ${name}("${join(folder, 'x.json')}")`,
        `SELECT * FROM \`${name}\`("${join(folder, 'x.json')}")`,
        `SELECT \`${name}\`("${join(folder, 'x.json')}")`,
        `SELECT ("${join(folder, 'x.json')}").${name}()`,
        `DELETE FROM d.t USING \`${name}\`("${join(folder, 'x.json')}") r WHERE STARTS_WITH(r.content, "a")`,
      ],
    ),
    `SELECT * FROM (TABLE \`${url}\`)`,
    `SELECT * FROM \`${url}\``,
    `SELECT * FROM (TABLE \`https://127.0.0.1:1/x.json\`)`,
    'SELECT * FROM (TABLE `s3://bucket/x.parquet`)',
    `SELECT * FROM \`${join(folder, 'x.parquet')}\``,
    `SELECT * FROM (TABLE \`${join(folder, 'x.parquet')}\`)`,
    'SELECT NET.NOTHING("http://a.example/")',
    'SELECT `NET.NOTHING`("http://a.example/")',
    'SELECT `NET`.`NOTHING`("http://a.example/")',
    'SELECT ST_POINT(1, 2)',
    'SELECT * FROM duckdb_settings()',
    'SELECT `current_setting`("allowed_paths")',
    'SELECT * FROM `local_cloud`.`resources`',
    'SELECT * FROM (SHOW TABLES)',
    'SELECT * FROM (CALL pragma_version())',
    'SELECT query FROM `query`("SELECT 1")',
    `COPY d.t TO '${join(folder, 'out.csv')}'`,
    `EXPORT DATABASE '${join(folder, 'out')}'`,
    `ATTACH '${join(folder, 'other.duckdb')}'`,
    'LOAD httpfs',
    'INSTALL httpfs',
    'SET enable_external_access = true',
    'PRAGMA database_list',
    `SELECT 1; COPY d.t TO '${join(folder, 'out.csv')}'`,
    `EXECUTE IMMEDIATE "COPY d.t TO '${join(folder, 'out.csv')}'"`,
    `EXECUTE IMMEDIATE "SELECT * FROM read_csv('${join(folder, 'secret.csv')}')"`,
    `DECLARE x STRING DEFAULT "'; COPY d.t TO 'x'; --"; EXECUTE IMMEDIATE x`,
    `DECLARE x STRING DEFAULT "a'), (SELECT content FROM read_text('x')"; SELECT x FROM nowhere`,
    `CREATE TEMP FUNCTION f(x STRING) AS (read_text(x)); SELECT f('x')`,
  ]
  for (const sql of ATTACKS) {
    const { status, text } = await query(sql)
    t.ok(status === 400 || status === 404 || status === 501, `${status} for ${sql}`)
    t.notMatch(text, secret, `no content of a file for ${sql}`)
    t.notMatch(text, /extension/i, `no word of extensions for ${sql}: ${text}`)
  }
  t.equal(reached, 0, 'no request left this process')
  t.match((await query('SELECT n, content FROM d.t')).text, /"v":"kept"/, 'and the table is as it was')
})
