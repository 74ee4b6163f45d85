import { setTimeout as sleep } from 'node:timers/promises'
import { poll } from '../../scripts/poll.ts'
import { DATASET, type Pipeline } from '../end-to-end/pipeline.ts'

const EVERY_MS = 20
const TYPE = 'probe'

export interface Probe {
  /** Milliseconds from publish to SQL of each probe, in the order in which they were published. */
  stop(): Promise<readonly number[]>
}

/** Publishes a small event every few milliseconds and asks SQL how many are there: the n-th is visible when the count is n. */
export function probeLatency({ clients }: Pipeline): Probe {
  const stopped = new AbortController()
  const publishedAt: number[] = []
  const seen: { readonly at: number; readonly count: number }[] = []
  const publish = async () => {
    // the table is not what is measured
    await clients.publish([JSON.stringify({ event_type: TYPE, n: -1 })])
    await poll(async () => ((await count(clients)) > 0 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'the table of the probe',
    })
    while (!stopped.signal.aborted) {
      publishedAt.push(performance.now())
      const n = publishedAt.length
      void clients.publish([JSON.stringify({ event_type: TYPE, event_id: `probe-${n}`, n })])
      await sleep(EVERY_MS)
    }
  }
  const watch = async () => {
    while (!stopped.signal.aborted) await look()
    await poll(async () => ((await look()) >= publishedAt.length ? true : undefined), {
      timeoutMs: 60_000,
      what: 'every probe',
    })
  }
  const look = async () => {
    await sleep(EVERY_MS)
    const now = await count(clients).catch(() => 0)
    seen.push({ at: performance.now(), count: now - 1 })
    return now - 1
  }
  const done = Promise.all([publish(), watch()])
  return {
    async stop() {
      stopped.abort()
      await done
      let at = 0
      return publishedAt.map((time, index) => {
        while (seen[at]!.count <= index) at++
        return seen[at]!.at - time
      })
    },
  }
}

function count(clients: Pipeline['clients']): Promise<number> {
  return clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.${TYPE}`)
}
