import type { Minute } from './monitoring.ts'
import type { Sampler } from './sampler.ts'

/** A message that has no end. */
export interface Endless {
  /** Where its event belongs; empty where it is none. */
  readonly table: string
  /** Milliseconds since 1970. */
  readonly published: number
  readonly now: number
}

/**
 * Why a message without an end may wait, by the figures; undefined where they say that none of its kind does. Nobody counts single
 * messages: what is told is that some wait there.
 */
export type WhyWaiting = (message: Endless) => Promise<string | undefined>

/** Pub/Sub delivers again after ten minutes at most (terraform/topic.tf, `maximum_backoff`), and a writer needs a moment. */
const AGAIN_MS = 660_000
/** How long a writer may hold a message that it was given before it stopped. */
const ON_ITS_WAY_MS = 120_000
/** The writers count what anybody makes up together (services/stream-writer/src/metrics.ts). */
const OTHERS = 'other'
const MINUTE_MS = 60_000

const clock = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`
const inTable = (table: string) => (table === '' ? 'no table' : `table ${table}`)

type Figures = Pick<Sampler, 'totals' | 'givenBack' | 'answered' | 'services'>

/** By the writers' own figures. */
export function whyByWriters({ totals, givenBack, answered, services }: Figures, message: Endless) {
  const { published, now } = message
  const table = totals.tables.has(message.table) ? message.table : OTHERS
  const writers = services.filter(({ name }) => name === 'stream-writer')
  if (writers.length > 0 && writers.every(({ ok }) => !ok)) {
    const isSince = answered !== undefined && published > answered - ON_ITS_WAY_MS
    return isSince ? `no stream-writer has answered since ${clock(answered)}: Pub/Sub keeps it` : undefined
  }
  const { waiting = 0 } = totals.tables.get(table) ?? {}
  if (waiting > 0)
    return `the writers tell that events of ${inTable(table)} wait for the table or a column of it: ${waiting} now`
  const back = givenBack.get(table)
  if (back === undefined || back < published || now - back > AGAIN_MS) return undefined
  return `at ${clock(back)} the writers gave messages of ${inTable(table)} back: Pub/Sub delivers each again within ten minutes`
}

/** By what Cloud Monitoring tells of the writers' subscription: whether a message that is as old is not acknowledged. */
export function whyByMonitoring(minutes: readonly Minute[], { published }: Endless): string | undefined {
  const { at, waiting, oldestSeconds } =
    minutes.findLast(({ oldestSeconds: oldest }) => oldest !== null) ?? {}
  if (at === undefined || !waiting || oldestSeconds === null || oldestSeconds === undefined) return undefined
  // it is looked at once a minute, and told by the minute's end
  const oldest = at - oldestSeconds * 1000 - MINUTE_MS
  if (published < oldest) return undefined
  return `Pub/Sub keeps ${waiting} messages for the writers at ${clock(at)}, the oldest of them published at about ${clock(oldest + MINUTE_MS)}`
}
