import { setImmediate as turn } from 'node:timers/promises'
import type { ChangeRequest } from '../../src/table-change.ts'
import { FakeTables, type FakeRules } from '../queue/fake-tables.ts'
import { event, queueOf } from '../queue/queue-of.ts'

export interface Arrival {
  /** Milliseconds of the simulated clock. */
  readonly at: number
  readonly request: ChangeRequest
}

/** What became of an arrival. */
export interface End {
  readonly outcome: string
  /** How many changes BigQuery was asked for until then. */
  readonly asks: number
  readonly afterMs: number
  readonly deliveries: number
}

/** Who asks does so again, each time twice as late. */
const AGAIN_MS = 10_000

/**
 * One table and its events, by a clock that only asks, pauses and arrivals move. What is not taken is asked for again.
 * Columns whose name begins with `bad` are refused.
 */
export async function simulate(
  arrivals: readonly Arrival[],
  rules: FakeRules,
  untilMs: number,
): Promise<{
  readonly ends: ReadonlyMap<ChangeRequest, End>
  readonly tables: FakeTables
  readonly mostIn10s: number
  /** At a time. */
  readonly mostWaiting: number
}> {
  let now = 0
  const clock = {
    get now() {
      return now
    },
    set now(time: number) {
      now = time
      deliverDue()
    },
  }
  const tables = new FakeTables(clock)
  const end = new AbortController()
  const queue = queueOf(tables, { clock, stopping: end.signal })
  await queue.fit(event({ first: 1 }))
  tables.rules = {
    refuses: ({ name }) => (name.startsWith('bad') ? `Invalid field name "${name}"` : undefined),
    ...rules,
  }
  const due = arrivals.map((arrival) => ({
    ...arrival,
    deliveries: 0,
    asked: undefined as number | undefined,
  }))
  due.sort((one, other) => one.at - other.at)
  const ends = new Map<ChangeRequest, End>()
  const asks: number[] = []
  let waiting = 0
  let mostWaiting = 0
  const alter = tables.alter.bind(tables)
  tables.alter = (...args) => {
    asks.push(now)
    return alter(...args)
  }
  function deliverDue(): void {
    while (due[0] && due[0].at <= now) {
      const one = due.shift()!
      const first = one.asked ?? asks.length
      const arrivedAt = arrivals.find(({ request }) => request === one.request)!.at
      const deliveries = one.deliveries + 1
      const again = () => {
        if (end.signal.aborted) return
        due.push({ ...one, at: now + AGAIN_MS * 2 ** one.deliveries, deliveries, asked: first })
        due.sort((a, b) => a.at - b.at)
      }
      waiting++
      mostWaiting = Math.max(mostWaiting, waiting)
      queue.fit({ ...one.request }).then(
        ({ outcome }) => {
          waiting--
          if (outcome === 'postponed') again()
          else
            ends.set(one.request, {
              outcome,
              asks: asks.length - first,
              afterMs: now - arrivedAt,
              deliveries,
            })
        },
        () => {
          waiting--
          again()
        },
      )
    }
  }
  for (;;) {
    if (now >= untilMs || ends.size >= arrivals.length) break
    if (queue.isIdle) clock.now = Math.max(now, due[0]?.at ?? untilMs)
    await turn()
  }
  due.length = 0
  end.abort()
  const mostIn10s = Math.max(
    ...asks.map((from) => asks.filter((time) => time >= from && time < from + 10_000).length),
  )
  return { ends, tables, mostIn10s, mostWaiting }
}
