import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline, sumOfMetric } from './pipeline.ts'

t.test(
  'columns that BigQuery refuses, and events of megabytes, keep no other column away',
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients, cloud, writerUrl } = pipeline
    const refuse = { on: 'bigquery.column', do: 'refuse', column: '^refused', every: 1 } as const
    const asked = () => sumOfMetric(writerUrl, 'tablestream_table_requests_total')
    const send = (...events: object[]) =>
      clients.publish(events.map((event) => JSON.stringify({ event_type: 'mixed', ...event })))
    const landed = (where: string, count: number, timeoutMs = 60_000) =>
      poll(
        async () => {
          const sql = `SELECT COUNT(*) FROM ${DATASET}.mixed WHERE ${where}`
          return (await clients.count(sql).catch(() => 0)) === count ? true : undefined
        },
        { timeoutMs, what: where },
      )
    await send({ n: 1 })
    await landed('n = 1', 1)

    await t.test(
      'an event that asks for a good one and a refused one, and then one for the good one',
      async (t) => {
        cloud.faults.set({ rules: [refuse] })
        const before = await asked()
        await send({ good: 1, refused: 1 })
        await poll(async () => ((await asked()) > before ? true : undefined), {
          timeoutMs: 60_000,
          what: 'a request',
        })
        await send(...Array.from({ length: 100 }, (_, n) => ({ good: n + 2 })))
        await landed('good > 1', 100)
        t.pass('within seconds')
      },
    )

    await t.test('a hundred refused ones, and a good one behind them', async (t) => {
      await send(...Array.from({ length: 100 }, (_, n) => ({ [`refused_${n}`]: n })))
      await send({ behind: 1 })
      await landed('behind = 1', 1)
      t.pass('within seconds')
    })

    await t.test('a new table whose first event asks for a refused one', async (t) => {
      await clients.publish([
        JSON.stringify({ event_type: 'begun', refused: 1, fine: 1 }),
        JSON.stringify({ event_type: 'begun', fine: 2 }),
      ])
      await poll(
        async () =>
          (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.begun WHERE fine = 2`).catch(() => 0)) === 1
            ? true
            : undefined,
        { timeoutMs: 60_000, what: 'the table' },
      )
      t.pass('within seconds')
    })

    await t.test('an event of 5 MB brings its columns: what Eventarc takes is 512 KB', async () => {
      const rows = Array.from({ length: 20_000 }, (_, n) => ({ sku: `${n}`, note: 'x'.repeat(100) }))
      await send({ large: 'x'.repeat(3_000_000), rows })
      await landed('LENGTH(large) = 3000000 AND ARRAY_LENGTH(`rows`) = 20000', 1)
    })

    cloud.faults.clear()
    await clients.publish(['{"event_type":"mixed","done":true}'])
    await landed('done', 1)
  },
)

t.test(
  'an event of thousands of long keys asks by several requests, and all its columns come',
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients, writerUrl } = pipeline
    const text = 'x'.repeat(64)
    const wide = Object.fromEntries(
      Array.from({ length: 2500 }, (_, n) => [
        `a_key_of_one_hundred_characters_${'x'.repeat(60)}_${n}`,
        text,
      ]),
    )
    await clients.publish([JSON.stringify({ event_type: 'wide', n: 1, ...wide })])
    await settled(pipeline, 120_000)
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.wide WHERE _unmapped IS NULL`), 1)
    t.ok((await sumOfMetric(writerUrl, 'tablestream_table_requests_total')) >= 2)
  },
)
