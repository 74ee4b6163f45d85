import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPipeline } from '../end-to-end/pipeline.ts'
import { cpuOf, line } from './measure.ts'
import { openPubSub, removeSubscriptions } from './topic.ts'

/** More than can be kept: the generator does what it can. */
const RATE = 100_000
const PARTS = 5

interface Status {
  readonly task_id: string
  readonly state: string
  readonly published: number
  readonly failed: number
}

/** A shop's events to a topic of local-cloud that nobody reads, as fast as it goes: CPU an event, and memory from part to part. */
export async function generator(events: number): Promise<void> {
  const pipeline = await startPipeline({ services: ['event-generator'], env: { LOG_LEVEL: 'warn' } })
  const { cloud, generatorUrl, eventGenerator } = pipeline
  const pubsub = openPubSub(cloud)
  try {
    await removeSubscriptions(pubsub)
    const ask = async (path: string, init?: RequestInit) =>
      (await (await fetch(`${generatorUrl}${path}`, init)).json()) as Status
    const { task_id: task } = await ask('/generate/start', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events_per_second: RATE, duration_minutes: events / RATE / 60, seed: 1 }),
    })
    const cpu = () => cpuOf(eventGenerator.pid) ?? Number.NaN
    // the first part has the start of the process in it, and its compiler's work
    const parts: { readonly us: number; readonly memory: number }[] = []
    let before = { cpu: cpu(), published: 0 }
    const began = performance.now()
    for (let part = 1; part <= PARTS; part++) {
      const goal = Math.floor((events * part) / PARTS)
      let status = await ask(`/generate/status/${task}`)
      while (status.published < goal && status.state === 'running') {
        await sleep(50)
        status = await ask(`/generate/status/${task}`)
      }
      if (status.failed > 0) throw new Error(`${status.failed} events were not published`)
      const now = { cpu: cpu(), published: status.published }
      parts.push({
        us: (now.cpu - before.cpu) / (now.published - before.published),
        memory: memoryOf(eventGenerator.pid),
      })
      before = now
    }
    const seconds = (performance.now() - began) / 1000
    const [, ...others] = parts
    const us = others.reduce((sum, part) => sum + part.us, 0) / others.length
    line(
      Math.round(1e6 / us),
      `events/s a core generated and published by event-generator (${us.toFixed(1)} µs CPU each)`,
    )
    line(Math.round(events / seconds), 'events/s in this run, local-cloud on the same cores')
    line(
      parts.map(({ memory }) => Math.round(memory)).join(' '),
      `MB RSS after each fifth of ${events} events`,
    )
  } finally {
    await pubsub.close()
    await pipeline.close()
  }
}

function memoryOf(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
