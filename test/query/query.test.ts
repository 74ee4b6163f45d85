import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { completions } from '../../scripts/query/names.ts'
import { openShell } from '../../scripts/query/shell.ts'

const script = fileURLToPath(new URL('../../scripts/query.ts', import.meta.url))
const cloud = await startLocalCloud({ port: 0 })
t.teardown(() => cloud.close())
const host = `http://127.0.0.1:${cloud.bigqueryPort}`
const env = { ...process.env, BIGQUERY_EMULATOR_HOST: host, PROJECT_ID: 'p' }

function query(args: readonly string[], input = '') {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const options = { env, maxBuffer: 50_000_000 }
    const child = execFile(process.execPath, [script, ...args], options, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin!.end(input)
  })
}

t.test('it prints all rows, whatever a page holds', async (t) => {
  const { status, stdout } = await query([
    '--csv',
    'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 60001)) AS x ORDER BY x',
  ])
  const lines = stdout.trimEnd().split('\n')
  t.same([status, lines.length, lines[0], lines.at(-1)], [0, 60_002, 'x', '60001'])
})

t.test('it says how many rows there are, and how many a statement changed', async (t) => {
  t.match(await query(['SELECT 1 AS one LIMIT 0']), { status: 0, stdout: /^one\n───\n0 rows \(/ })
  await query(['CREATE SCHEMA d'])
  t.match(await query(['CREATE TABLE d.t (a INT64)']), { status: 0, stdout: /^done \(/ })
  t.match(await query(['INSERT INTO d.t (a) VALUES (1), (2)']), { stdout: /^2 rows affected \(/ })
  t.match(await query(['UPDATE d.t SET a = 3 WHERE a = 1']), { stdout: /^1 row affected \(/ })
  t.match(await query(['--json', 'DELETE FROM d.t WHERE TRUE']), { stdout: '', stderr: /^2 rows affected/ })
})

t.test('a statement may come by standard input', async (t) => {
  t.match(await query(['--json'], "SELECT 'x' AS a;\n"), { status: 0, stdout: '{"a":"x"}\n' })
  t.match(await query([]), { status: 2, stderr: /SQL is missing/ })
})

t.test('what is wrong is said in a sentence', async (t) => {
  t.match(await query(['SELECT * FROM d.nope']), { status: 1, stderr: /^Not found: Table p:d\.nope/ })
  t.match(await query(['--json', '--csv', 'SELECT 1']), { status: 2, stderr: /one of --json and --csv/ })
})

/** As docs/adopting/columns.md shows them. */
const CHANGES = [
  "npm run query -- 'ALTER TABLE dev_events_dataset.page_view RENAME COLUMN url TO page_url'",
  "npm run query -- 'ALTER TABLE dev_events_dataset.page_view DROP COLUMN ms'",
]

t.test('a column is renamed, and another one dropped', async (t) => {
  await query(['CREATE SCHEMA dev_events_dataset'])
  await query(["CREATE TABLE dev_events_dataset.page_view AS SELECT '/home' AS url, 12.5 AS ms, 1 AS n"])
  for (const command of CHANGES)
    t.match(
      await query([command.slice("npm run query -- '".length, -1)]),
      { status: 0, stdout: /^done/ },
      command,
    )
  const { stdout } = await query(['--json', 'SELECT * FROM dev_events_dataset.page_view'])
  t.equal(stdout, '{"page_url":"/home","n":1}\n')
})

t.test('in a terminal it asks for statements, keeps them, and lists what there is', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'tablestream-history-'))
  const before = process.env['XDG_STATE_HOME']
  process.env['XDG_STATE_HOME'] = state
  t.teardown(() => {
    if (before === undefined) delete process.env['XDG_STATE_HOME']
    else process.env['XDG_STATE_HOME'] = before
    rmSync(state, { recursive: true })
  })
  const input = new PassThrough()
  const output = Object.assign(new PassThrough(), { columns: 60, isTTY: true })
  let seen = ''
  output.on('data', (data: Buffer) => (seen += data.toString()))
  const ends = openShell({ host, project: 'p' }, 'd', 'table', { input, output })
  const answers = async (typed: string, wanted: RegExp) => {
    seen = ''
    input.write(typed)
    await poll(() => wanted.test(seen) || undefined, { timeoutMs: 60_000, what: String(wanted) })
  }
  await answers('', /sql> /)
  await answers('SELECT 40 + 2\n', / {2}-> /)
  await answers('AS answer;\n', /answer\n─+\n +42\n1 row/)
  await answers('.tables\n', /name\n─+\nt\n/)
  await answers('SELECT * FROM d.nope;\n', /Not found: Table/)
  await answers('.json\n', /rows are printed as json/)
  await answers('.help\n', /Ctrl-D/)
  input.write('.exit\n')
  await ends
  t.match(readFileSync(join(state, 'tablestream', 'query-history'), 'utf8'), /AS answer;\nSELECT 40 \+ 2\n/)
})

t.test('the tab key knows words, tables, and the columns of the tables in the line', (t) => {
  const names = {
    words: ['SELECT'],
    tables: new Map([
      ['orders', ['order_id']],
      ['other', ['order_key']],
    ]),
  }
  t.same(completions('sel', 'd', names), [['SELECT'], 'sel'])
  t.same(completions('SELECT * FROM ord', 'd', names)[0][0], 'orders')
  t.same(completions('SELECT * FROM d.o', 'd', names)[0], ['d.orders', 'd.other'])
  t.same(completions('SELECT 1 FROM d.orders WHERE order_', 'd', names)[0], ['order_id'])
  t.end()
})
