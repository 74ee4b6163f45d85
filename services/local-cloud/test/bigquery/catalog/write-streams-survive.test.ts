import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { processesOf, type LocalCloudProcess, type Processes } from '../../local-cloud-process.ts'
import { rowWriter, writerClient } from '../../writer-client.ts'

const FIELDS = [{ name: 'n', type: 'INTEGER', mode: 'REQUIRED' }]
const TABLE = 'projects/p/datasets/d/tables/t'

/** local-cloud in a process of its own, and Google's clients for it. */
async function start(processes: Processes) {
  const running = await processes.start()
  return { running, ...clientsOf(running) }
}

function clientsOf({ bigqueryUrl, storageWritePort }: LocalCloudProcess) {
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: bigqueryUrl })
  const client = writerClient(storageWritePort)
  const append = async (streamId: string, numbers: readonly number[], offset: number) => {
    const { writer } = await rowWriter(client, { stream: streamId }, FIELDS)
    const rows = numbers.map((n) => ({ n }))
    const { error } = await writer.appendRows(rows, offset).getResult()
    writer.close()
    return error?.code
  }
  const seen = async () => {
    const [rows] = (await bigquery.query('SELECT n FROM d.t ORDER BY n')) as unknown as [{ n: number }[]]
    return rows.map(({ n }) => n)
  }
  const create = (streamType: string) =>
    client.createWriteStream({ streamType: streamType as never, destinationTable: TABLE })
  return { bigquery, client, api: client.getClient(), append, seen, create }
}

t.test(
  'write streams go on after kill -9 where they were, and no row is lost, doubled or seen too early',
  async (t) => {
    const processes = processesOf(t)
    const first = await start(processes)
    const [dataset] = await first.bigquery.createDataset('d')
    await dataset.createTable('t', { schema: { fields: FIELDS } })
    const committed = await first.create('COMMITTED')
    const pending = await first.create('PENDING')
    const buffered = await first.create('BUFFERED')
    await first.append(committed, [0, 1, 2], 0)
    await first.append(pending, [10, 11], 0)
    await first.append(buffered, [20, 21, 22], 0)
    await first.api.flushRows({ writeStream: buffered, offset: { value: 0 } })
    t.same(await first.seen(), [0, 1, 2, 20])
    // what no query has brought into DuckDB
    await first.append(committed, [3], 3)
    await first.append(pending, [12], 2)
    await first.running.kill('SIGKILL')

    const second = await start(processes)
    t.equal(await second.append(committed, [3], 3), 6, 'it is there')
    t.equal(await second.append(pending, [13], 4), 11, 'it would leave a gap')
    t.notOk(await second.append(committed, [4], 4))
    t.notOk(await second.append(pending, [13], 3))
    t.same(await second.seen(), [0, 1, 2, 3, 4, 20])
    await second.running.kill('SIGKILL')

    const third = await start(processes)
    await third.api.flushRows({ writeStream: buffered, offset: { value: 2 } })
    t.match((await third.api.finalizeWriteStream({ name: pending }))[0], { rowCount: '4' })
    await third.api.batchCommitWriteStreams({ parent: TABLE, writeStreams: [pending] })
    t.same(await third.seen(), [0, 1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22])
    await third.running.kill('SIGKILL')

    const fourth = await start(processes)
    t.same(await fourth.seen(), [0, 1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22])
    t.ok((await fourth.api.getWriteStream({ name: pending }))[0].commitTime)
    await fourth.running.kill('SIGKILL')
  },
)
