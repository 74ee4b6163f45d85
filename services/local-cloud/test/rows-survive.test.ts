import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'

const CLI = new URL('../src/cli.ts', import.meta.url).pathname
const SCHEMA = { fields: [{ name: 'n', type: 'INTEGER' }] }

/** local-cloud in a process of its own, which a test may kill. */
async function start(data: string): Promise<{ child: ChildProcess; bigquery: BigQuery }> {
  const ports = [
    '--pubsub-port',
    '0',
    '--bigquery-port',
    '0',
    '--storage-write-port',
    '0',
    '--storage-port',
    '0',
  ]
  const child = spawn(process.execPath, [CLI, '--data', data, ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    const port = /BigQuery on http:\/\/[\d.]+:(\d+)/.exec(said)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return { child, bigquery: new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${port}` }) }
  }
  throw new Error(`local-cloud ended: ${said}`)
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function numbers(bigquery: BigQuery, table: string): Promise<number[]> {
  const [rows] = await bigquery.query(`SELECT n FROM d.${table} ORDER BY n`)
  return (rows as { n: number }[]).map(({ n }) => n)
}

const upTo = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ n: from + index }))
const plain = (from: number, to: number) => upTo(from, to).map(({ n }) => n)

t.test(
  'rows that were answered are there once after kill -9, whether a query has seen them or not',
  async (t) => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    const data = mkdtempSync(join(tmpdir(), 'local-cloud-'))
    let running: ChildProcess | undefined
    t.teardown(() => {
      running?.kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    })
    const first = await start(data)
    running = first.child
    const [dataset] = await first.bigquery.createDataset('d')
    for (const id of ['seen', 'unseen', 'anew', 'wider']) await dataset.createTable(id, { schema: SCHEMA })
    for (const id of ['seen', 'unseen', 'anew', 'wider']) await dataset.table(id).insert(upTo(0, 100))
    // brings the first hundred into DuckDB, and only those
    t.same(await numbers(first.bigquery, 'seen'), plain(0, 100))
    await dataset.table('seen').insert(upTo(100, 150))
    await dataset.table('anew').delete()
    await dataset.createTable('anew', { schema: SCHEMA })
    await dataset.table('anew').insert(upTo(0, 3))
    await dataset
      .table('wider')
      .setMetadata({ schema: { fields: [...SCHEMA.fields, { name: 'm', type: 'STRING' }] } })
    await dataset.table('wider').insert(upTo(100, 110))
    await kill(first.child, 'SIGKILL')

    const second = await start(data)
    running = second.child
    t.same(await numbers(second.bigquery, 'unseen'), plain(0, 100))
    await kill(second.child, 'SIGKILL')

    const third = await start(data)
    running = third.child
    t.same(await numbers(third.bigquery, 'seen'), plain(0, 150))
    t.same(await numbers(third.bigquery, 'unseen'), plain(0, 100))
    t.same(
      await numbers(third.bigquery, 'anew'),
      plain(0, 3),
      'rows of the table that was dropped are not in the new one',
    )
    t.same(await numbers(third.bigquery, 'wider'), plain(0, 110))
    await third.bigquery.dataset('d').table('unseen').insert(upTo(100, 120))
    await kill(third.child, 'SIGTERM')
    t.same(readdirSync(join(data, 'rows')), [], 'one that is stopped leaves nothing on the way')

    const fourth = await start(data)
    running = fourth.child
    t.same(await numbers(fourth.bigquery, 'unseen'), plain(0, 120))
    await kill(fourth.child, 'SIGTERM')
  },
)

t.test('tables.get counts rows that no query has asked for', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  const { child, bigquery } = await start(data)
  t.teardown(() => {
    child.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true })
  })
  const [dataset] = await bigquery.createDataset('d')
  const [table] = await dataset.createTable('t', { schema: SCHEMA })
  await table.insert(upTo(0, 7))
  const [metadata] = (await table.getMetadata()) as unknown as [{ numRows: string }]
  t.equal(metadata.numRows, '7')
})
