import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { isOneOf, StreamingBuffer } from '../../../src/bigquery/store/streaming-buffer.ts'
import { Faults } from '../../../src/faults/faults.ts'
import { openWriter } from '../../open-writer.ts'

const MINUTE = 60_000
const SCHEMA = { fields: [{ name: 'n', type: 'INTEGER' }] }
const REFUSED = /would affect rows in the streaming buffer, which is not supported/

/** A table with the row 1 from before, whose streamed rows stay in its buffer for 90 minutes. */
async function open(t: Parameters<typeof openWriter>[0], stays = true) {
  const clock = { ms: Date.UTC(2026, 0, 1) }
  const opened = await openWriter(t, SCHEMA.fields, { now: () => clock.ms })
  const { cloud, bigquery, dataset } = opened
  const storage = new Storage({ projectId: 'p', apiEndpoint: cloud.environment['STORAGE_EMULATOR_HOST']! })
  const table = dataset.table('t')
  const [bucket] = await storage.createBucket('files')
  const run = async (query: string) => (await bigquery.query(query))[0] as { n: number }[]
  await run('INSERT INTO d.t (n) VALUES (1)')
  if (stays)
    cloud.faults.set({
      rules: [{ on: 'bigquery.streaming_buffer', do: 'delay', ms: 90 * MINUTE, every: 1 }],
    })
  let copies = 0
  return {
    clock,
    cloud,
    table,
    run,
    rows: async (name = 't') => (await run(`SELECT n FROM d.${name} ORDER BY n`)).map(({ n }) => n),
    copied: async () => {
      const to = dataset.table(`copy${copies++}`)
      const [job] = await table.createCopyJob(to)
      await job.promise()
      return (await run(`SELECT n FROM d.${to.id} ORDER BY n`)).map(({ n }) => n)
    },
    extracted: async () => {
      const file = bucket.file('rows.csv')
      const [job] = await table.createExtractJob(file, { format: 'CSV', printHeader: false } as object)
      await job.promise()
      const text = String((await file.download())[0])
      return text.split('\n').slice(0, -1).map(Number)
    },
    write: async (n: number) => {
      const { writer } = await opened.writerOf({ table: 't' })
      await writer.appendRows([{ n }]).getResult()
      writer.close()
    },
  }
}

t.test(
  'queries see what is in the streaming buffer, copy and extract jobs do not, until it left it',
  async (t) => {
    const { clock, table, rows, copied, extracted, write } = await open(t)
    await table.insert([{ n: 2 }, { n: 3 }])
    clock.ms += MINUTE
    await write(4)
    t.same(await rows(), [1, 2, 3, 4])
    t.same([await copied(), await extracted()], [[1], [1]])
    t.equal((await table.getRows())[0].length, 4, 'tabledata.list has them')
    const [{ numRows, streamingBuffer }] = await table.getMetadata()
    t.same([numRows, streamingBuffer.estimatedRows], ['1', '3'])
    t.equal(streamingBuffer.oldestEntryTime, String(clock.ms - MINUTE))
    t.ok(Number(streamingBuffer.estimatedBytes) > 0)
    clock.ms += 89 * MINUTE
    t.same(
      [await copied(), await extracted()],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    )
    clock.ms += MINUTE
    t.same(await copied(), [1, 2, 3, 4])
    t.notOk((await table.getMetadata())[0].streamingBuffer)
  },
)

t.test(
  'no statement changes rows of insertAll that are in the streaming buffer, and others it changes',
  async (t) => {
    const { clock, table, run, rows } = await open(t)
    await table.insert([{ n: 2 }])
    await t.rejects(run('DELETE FROM d.t WHERE n > 0'), REFUSED)
    await t.rejects(run('UPDATE d.t SET n = 9 WHERE n = 2'), REFUSED)
    await t.rejects(run('UPDATE d.t SET n = 9 FROM (SELECT 2 AS m) WHERE n = m'), REFUSED)
    await t.rejects(run('MERGE d.t USING (SELECT 2 AS m) ON n = m WHEN MATCHED THEN DELETE'), REFUSED)
    await t.rejects(
      run('MERGE d.t USING (SELECT 1 AS m) ON n = m WHEN NOT MATCHED BY SOURCE THEN DELETE'),
      REFUSED,
    )
    await t.rejects(run('TRUNCATE TABLE d.t'), REFUSED)
    t.same(await rows(), [1, 2])
    await run('UPDATE d.t SET n = 10 WHERE n = 1')
    await run('MERGE d.t USING (SELECT 10 AS m) ON n = m WHEN MATCHED THEN UPDATE SET n = 11')
    await run('MERGE d.t USING (SELECT 5 AS m) ON n = m WHEN NOT MATCHED THEN INSERT (n) VALUES (m)')
    t.same(await rows(), [2, 5, 11])
    clock.ms += 90 * MINUTE
    await run('DELETE FROM d.t WHERE n = 2')
    t.same(await rows(), [5, 11])
  },
)

t.test('statements change rows of the Storage Write API that are in the streaming buffer', async (t) => {
  const { run, rows, write, copied } = await open(t)
  await write(2)
  await run('UPDATE d.t SET n = 3 WHERE n = 2')
  t.same(await rows(), [1, 3])
  await run('INSERT INTO d.t (n) VALUES (4)')
  t.ok((await copied()).includes(4), 'what a statement adds is in no streaming buffer')
})

t.test('without a plan, and behind one, no row stays in a streaming buffer', async (t) => {
  const { cloud, table, rows, copied } = await open(t, false)
  await table.insert([{ n: 2 }])
  t.same(await copied(), [1, 2])
  cloud.faults.set({
    rules: [{ on: 'bigquery.streaming_buffer', do: 'delay', ms: MINUTE, every: 1 }],
  })
  await table.insert([{ n: 3 }])
  t.same(await copied(), [1, 2])
  cloud.faults.clear()
  t.same(await copied(), [1, 2, 3])
  t.same(await rows(), [1, 2, 3])
})

t.test('what a statement deleted is counted nowhere, and TRUNCATE leaves an empty buffer', async (t) => {
  const { table, run, rows, write } = await open(t)
  const counts = async () => {
    const [{ numRows, streamingBuffer }] = await table.getMetadata()
    return [numRows, streamingBuffer?.estimatedRows]
  }
  for (const n of [2, 3, 4]) await write(n)
  t.same(await counts(), ['1', '3'])
  await run('DELETE FROM d.t WHERE n IN (1, 2, 3)')
  t.same(await counts(), ['0', '1'])
  await run('DELETE FROM d.t WHERE TRUE')
  t.same(await counts(), ['0', undefined])
  await write(5)
  await run('TRUNCATE TABLE d.t')
  await run('INSERT INTO d.t (n) VALUES (6)')
  await write(7)
  t.same(await counts(), ['1', '1'])
  t.same(await rows(), [6, 7])
})

t.test('rows that follow each other are few entries, and leave the buffer in their order', (t) => {
  const clock = { ms: 0 }
  const faults = new Faults(() => clock.ms)
  faults.set({ rules: [{ on: 'bigquery.streaming_buffer', do: 'delay', ms: MINUTE, every: 1 }] })
  const buffer = new StreamingBuffer(() => clock.ms, faults)
  for (let n = 0; n < 60_000; n++, clock.ms++)
    buffer.add('t', { first: n, last: n, bytes: 1, mayChange: true }, MINUTE)
  const entries = buffer.of('t')
  t.ok(entries.length <= 1001, `${entries.length} entries`)
  t.equal(isOneOf(entries), `(rowid BETWEEN ${entries[0]!.first} AND 59999)`)
  clock.ms += MINUTE / 2
  const { first } = buffer.of('t')[0]!
  t.ok(first > 30_000 && first <= 30_061, `from ${first} on: a thousandth of their stay too early at most`)
  buffer.add('t', { first: 60_000, last: 60_000, bytes: 1, mayChange: false }, MINUTE)
  t.equal(buffer.of('t').at(-1)?.mayChange, false, 'those that no statement may change are apart')
  t.end()
})
