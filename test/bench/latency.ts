import { setTimeout as sleep } from 'node:timers/promises'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline } from '../end-to-end/pipeline.ts'
import { line } from './measure.ts'

const TICK_MS = 10

/**
 * Publishes events at a steady rate and asks SQL how many there are, all the while: the n-th event is visible when the count
 * is n. So the time until the next question is part of the latency.
 */
export async function latency(eventsASecond: number, seconds: number): Promise<void> {
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer'],
    env: { LOG_LEVEL: 'warn' },
  })
  try {
    const { clients } = pipeline
    const publish = (n: number) =>
      clients.publish([
        JSON.stringify({ event_type: 'latency', n, text: 'x'.repeat(300), at: new Date().toISOString() }),
      ])
    const count = () => clients.count(`SELECT COUNT(*) FROM ${DATASET}.latency`)
    for (let n = 0; n < 2000; n++) await Promise.all([publish(n), n % 10 === 0 ? sleep(5) : undefined])
    await settled(pipeline)
    const before = await count()
    const total = eventsASecond * seconds
    const publishedAt: number[] = []
    const seen: { readonly at: number; readonly count: number }[] = []
    const publishing = async () => {
      const began = performance.now()
      while (publishedAt.length < total) {
        const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * eventsASecond))
        while (publishedAt.length < due) {
          publishedAt.push(performance.now())
          void publish(publishedAt.length)
        }
        await sleep(TICK_MS)
      }
    }
    const watching = poll(
      async () => {
        const now = (await count()) - before
        seen.push({ at: performance.now(), count: now })
        return now >= total ? true : undefined
      },
      { timeoutMs: seconds * 1000 + 60_000, everyMs: TICK_MS, what: 'every event visible' },
    )
    await Promise.all([publishing(), watching])
    const waits: number[] = []
    let at = 0
    for (const [index, time] of publishedAt.entries()) {
      while (seen[at]!.count <= index) at++
      waits.push(seen[at]!.at - time)
    }
    waits.sort((a, b) => a - b)
    for (const percent of [50, 99]) {
      const value = waits[Math.floor((waits.length * percent) / 100)]!
      line(Math.round(value), `ms p${percent} from publish to visible in SQL, at ${eventsASecond} events/s`)
    }
  } finally {
    await pipeline.close()
  }
}
