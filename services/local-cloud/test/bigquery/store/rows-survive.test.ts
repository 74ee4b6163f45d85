import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { processesOf, type Processes } from '../../local-cloud-process.ts'

const SCHEMA = { fields: [{ name: 'n', type: 'INTEGER' }] }

/** local-cloud in a process of its own, and Google's client for it. */
async function start(processes: Processes) {
  const running = await processes.start()
  return { running, bigquery: new BigQuery({ projectId: 'p', apiEndpoint: running.bigqueryUrl }) }
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
    const processes = processesOf(t)
    const first = await start(processes)
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
    await first.running.kill('SIGKILL')

    const second = await start(processes)
    t.same(await numbers(second.bigquery, 'unseen'), plain(0, 100))
    const back = 'FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)'
    await t.rejects(numbers(second.bigquery, `unseen ${back}`), /of which it keeps no older rows/)
    await second.running.kill('SIGKILL')

    const third = await start(processes)
    t.same(await numbers(third.bigquery, 'seen'), plain(0, 150))
    t.same(await numbers(third.bigquery, 'unseen'), plain(0, 100))
    t.same(
      await numbers(third.bigquery, 'anew'),
      plain(0, 3),
      'rows of the table that was dropped are not in the new one',
    )
    t.same(await numbers(third.bigquery, 'wider'), plain(0, 110))
    await third.bigquery.dataset('d').table('unseen').insert(upTo(100, 120))
    await third.running.kill('SIGTERM')
    t.same(readdirSync(join(processes.data, 'rows')), [], 'one that is stopped leaves nothing on the way')

    const fourth = await start(processes)
    t.same(await numbers(fourth.bigquery, 'unseen'), plain(0, 120))
    await fourth.running.kill('SIGTERM')
  },
)

t.test('tables.get counts rows that no query has asked for', async (t) => {
  const { bigquery } = await start(processesOf(t))
  const [dataset] = await bigquery.createDataset('d')
  const [table] = await dataset.createTable('t', { schema: SCHEMA })
  await table.insert(upTo(0, 7))
  const [metadata] = (await table.getMetadata()) as unknown as [{ numRows: string }]
  t.equal(metadata.numRows, '7')
})
