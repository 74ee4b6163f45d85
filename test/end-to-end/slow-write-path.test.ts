import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline, sumOfMetric } from './pipeline.ts'

/** Two and a half leases. By hand `LATE_SECONDS=60`. */
const DELAY_MS = Number(process.env['LATE_SECONDS'] ?? 25) * 1000
const LATE = 6000
/** Between two rounds of the other table: it is asked as often as is telling, and no more. */
const ROUND_MS = 500
/** Less than what waits: the rest must find its way all the same. */
const MAX_MESSAGES = 4000

// real time: leases are extended over it, and nothing of it can be had faster
t.test(
  `a write path that learns of a column ${DELAY_MS / 1000} s late loses nothing, holds up no other table, and takes no more memory`,
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({
      env: { MAX_MESSAGES: String(MAX_MESSAGES), LEASE_SECONDS: '10' },
    })
    t.teardown(() => pipeline.close())
    const { clients, cloud, writerUrl } = pipeline
    const publish = (type: string, from: number, count: number, fields: object = {}) =>
      clients.publish(
        Array.from({ length: count }, (_, n) =>
          JSON.stringify({ event_type: type, event_id: `${type}-${from + n}`, n: from + n, ...fields }),
        ),
      )
    const rows = (table: string) => clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.${table}`)
    const held = () => sumOfMetric(writerUrl, 'tablestream_messages_held')
    await publish('slow', 0, 1)
    await publish('quick', 0, 1)
    await settled(pipeline)

    cloud.faults.set({ rules: [{ on: 'storage.schema', do: 'delay', ms: DELAY_MS, every: 1 }] })
    const began = Date.now()
    await publish('slow', 1, LATE, { late: 'column' })
    await poll(async () => ((await held()) > MAX_MESSAGES / 4 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'events that wait',
    })

    // all the while another table gets its rows at once
    let quick = 1
    let mostHeld = 0
    let slowest = 0
    let early = 0
    while (Date.now() - began < DELAY_MS - 10_000) {
      const sent = Date.now()
      await publish('quick', quick, 50)
      quick += 50
      await poll(async () => ((await rows('quick')) === quick ? true : undefined), {
        timeoutMs: 60_000,
        everyMs: 100,
        what: `${quick} rows of the other table`,
      })
      slowest = Math.max(slowest, Date.now() - sent)
      mostHeld = Math.max(mostHeld, await held())
      early = Math.max(early, await rows('slow'))
      await sleep(ROUND_MS)
    }
    t.equal(early, 1, 'no event came before the column was known')
    t.ok(mostHeld <= MAX_MESSAGES, `${mostHeld} messages were held at most`)
    t.comment(`rows of the other table came within ${slowest} ms`)

    await poll(async () => ((await rows('slow')) === LATE + 1 ? true : undefined), {
      timeoutMs: 150_000,
      everyMs: 500,
      what: 'every event that waited',
    })
    t.ok(Date.now() - began >= DELAY_MS)
    await settled(pipeline, 120_000)
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.dead_letters`), 0)
  },
)
