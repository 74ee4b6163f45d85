import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, startPipeline } from './pipeline.ts'

/** By hand `KEYS=9990`: with its other columns, as many as a table has room for. */
const KEYS = Number(process.env['KEYS'] ?? 1000)

t.setTimeout(300_000)

t.test(
  `an event of ${KEYS} keys gets its columns, and the events beside it their rows meanwhile`,
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients } = pipeline
    const isThere = async (event_id: string) =>
      (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.wide WHERE event_id = '${event_id}'`)) > 0
    const landed = async (event_id: string) => {
      const began = performance.now()
      await clients.publish([JSON.stringify({ event_type: 'wide', event_id, n: 1 })])
      await poll(async () => ((await isThere(event_id).catch(() => false)) ? true : undefined), {
        timeoutMs: 120_000,
        what: event_id,
      })
      return performance.now() - began
    }
    await landed('first')
    const wide = Object.fromEntries(Array.from({ length: KEYS }, (_, n) => [`key_${n}`, n]))
    const began = performance.now()
    await clients.publish([JSON.stringify({ event_type: 'wide', event_id: 'wide', ...wide })])
    const waits: number[] = []
    while (!(await isThere('wide'))) waits.push(await landed(`beside ${waits.length}`))
    t.comment(
      `after ${Math.round(performance.now() - began)} ms; ${waits.length} beside it, at most ${Math.round(Math.max(...waits))} ms each`,
    )
    t.comment(`${Math.round(process.memoryUsage.rss() / 1e6)} MB with local-cloud`)
    t.equal(
      await clients.count(`SELECT key_${KEYS - 1} FROM ${DATASET}.wide WHERE event_id = 'wide'`),
      KEYS - 1,
    )
  },
)
