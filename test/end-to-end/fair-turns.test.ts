import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { some } from '../long-tests.ts'
import { DATASET, settled, startPipeline, sumOfMetric } from './pipeline.ts'

/** Three times what may be asked for at once. */
const TYPES = Number(process.env['TYPES'] ?? 300)

const ONE_SOURCE = 1
/** As many as types: nobody can make up more. */
const WHO = { 'one source': ONE_SOURCE, 'a caller with a source for each': TYPES }

for (const [who, sources] of some(Object.entries(WHO), 1))
  t.test(
    `${who} begins ${TYPES} event types, and the first new one of another does not wait for them`,
    { timeout: 480_000 },
    async (t) => {
      const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
      t.teardown(() => pipeline.close())
      const { clients } = pipeline
      const types = Array.from({ length: TYPES }, (_, n) => JSON.stringify({ event_type: `greedy_${n}`, n }))
      const tables = () =>
        clients.count(
          `SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE table_name LIKE 'greedy_%' AND table_type = 'BASE TABLE'`,
        )
      const each = Math.ceil(TYPES / sources)
      const publishing = Array.from({ length: sources }, (_, n) =>
        clients.publish(types.slice(n * each, (n + 1) * each), {
          'tablestream-caller': 'greedy',
          'ce-source': `/greedy/${n}`,
        }),
      )
      await Promise.all(publishing)
      await poll(
        async () =>
          (await sumOfMetric(pipeline.writerUrl, 'tablestream_table_requests_total')) > 0 ? true : undefined,
        { timeoutMs: 60_000, what: 'the first request for a table' },
      )
      const before = performance.now()
      await clients.publish([JSON.stringify({ event_type: 'other', n: 1 })], {
        'tablestream-caller': 'other',
        'ce-source': '/other',
      })
      await poll(
        async () =>
          (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.other`).catch(() => 0)) === 1
            ? true
            : undefined,
        { timeoutMs: 60_000, what: 'the other row' },
      )
      t.comment(`the other row was there after ${Math.round(performance.now() - before)} ms`)
      await settled(pipeline, 200_000)
      t.equal(await tables(), TYPES)
      // by when tables were made: how long the other row takes to be seen says nothing of turns
      const made = await clients.count(
        `SELECT COUNTIF(greedy.creation_time < other.creation_time)
        FROM ${DATASET}.INFORMATION_SCHEMA.TABLES AS greedy, ${DATASET}.INFORMATION_SCHEMA.TABLES AS other
        WHERE other.table_name = 'other' AND greedy.table_name LIKE 'greedy_%' AND greedy.table_type = 'BASE TABLE'`,
      )
      t.ok(made < TYPES * 0.8, `${made} of ${TYPES} tables of the first one are made before the other one`)
    },
  )
