import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Shop } from '@tablestream/event-generator'
import { DATASET, settled, startPipeline, sumOfMetric } from '../end-to-end/pipeline.ts'
import { line } from './measure.ts'

const BATCH = 10_000
const PARTS = 5

/** Publishes events while no writer runs, then starts one: the most memory that it takes, and its rate from part to part. */
export async function backlog(events: number): Promise<void> {
  const pipeline = await startPipeline({
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
  })
  try {
    const { clients, streamWriter, tableManager, writerUrl } = pipeline
    const shop = new Shop({ seed: 1, now: () => new Date() })
    const publish = (from: number, count: number) =>
      clients.publish(
        Array.from({ length: count }, (_, n) =>
          JSON.stringify({ ...shop.next('order'), event_id: `b-${from + n}` }),
        ),
      )
    await publish(0, 1)
    await settled(pipeline)
    await streamWriter.stop()
    for (let at = 1; at < events; at += BATCH) await publish(at, Math.min(BATCH, events - at))
    await tableManager.stop()
    streamWriter.start()
    await streamWriter.ready()
    const landed = () => sumOfMetric(writerUrl, 'tablestream_events_landed_total')
    const rates: number[] = []
    let time = performance.now()
    let before = await landed()
    for (let part = 1; part <= PARTS; part++) {
      const goal = part === PARTS ? events - 1 : Math.floor((events * part) / PARTS)
      let now = await landed()
      while (now < goal) {
        await sleep(100)
        now = await landed()
      }
      rates.push(((now - before) / (performance.now() - time)) * 1000)
      before = now
      time = performance.now()
    }
    const status = readFileSync(`/proc/${streamWriter.pid}/status`, 'utf8')
    const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
    await settled(pipeline)
    const rows = await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.orders`)
    if (rows !== events) throw new Error(`${rows} events, not ${events}`)
    line(Math.round(peak), `MB RSS at most in stream-writer, over a backlog of ${events} events`)
    const parts = rates.map((rate) => Math.round(rate)).join(', ')
    line(
      (rates.at(-1)! / rates[0]!).toFixed(2),
      `× the rate of the first fifth in the last (events/s: ${parts})`,
    )
  } finally {
    await pipeline.close()
  }
}
