import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'

/** More than a connection has streams; `TABLES=2000` by hand. */
const TABLES = Number(process.env['TABLES'] ?? 250)
const ROUNDS = 3
const LONGEST_MS = 120_000 + TABLES * 1000

t.test(
  `${TABLES} event types at once go through one writer, whose server allows 100 streams a connection`,
  { timeout: LONGEST_MS + 120_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients } = pipeline
    const types = Array.from({ length: TABLES }, (_, n) => `kind_${n}`)
    const publish = (round: number) =>
      clients.publish(
        types.map((event_type) => JSON.stringify({ event_type, event_id: `${round}`, n: round })),
      )
    for (let round = 0; round < ROUNDS; round++) {
      const began = Date.now()
      await publish(round)
      await settled(pipeline, LONGEST_MS)
      t.comment(`round ${round}: ${Date.now() - began} ms`)
    }
    const rows = async () => {
      let sum = 0
      for (let from = 0; from < TABLES; from += 50) {
        const some = types.slice(from, from + 50)
        const each = some.map((table) => `SELECT COUNT(DISTINCT event_id) AS n FROM ${DATASET}.${table}`)
        sum += await clients.count(`SELECT SUM(n) FROM (${each.join(' UNION ALL ')})`)
      }
      return sum
    }
    await poll(async () => ((await rows()) === TABLES * ROUNDS ? true : undefined), {
      timeoutMs: 30_000,
      what: 'every event in its table',
    })
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.dead_letters`), 0)
  },
)
