import type { Clocked } from './request-clock.ts'
import type { Asked } from './steady.ts'

/** What a good caller met in a round of some seconds. All but counts are milliseconds, at the 99th percentile but for the last three. */
export interface Round {
  readonly asked: number
  readonly failures: number
  /** From when a request was sent to when the gateway had written its answer: of those that it answers by itself, */
  readonly own: number
  /** of these, from when the gateway began it: what went before is the caller's, the network's, and other turns of the gateway's loop, */
  readonly inside: number
  /** and of those whose events go to Pub/Sub. */
  readonly published: number
  /** From when a request was due to when the caller had its answer, of those that the gateway answers by itself. */
  readonly seen: number
  /** From due to sent, and from written to had: what the caller's own process adds. */
  readonly callerLate: number
  /** How late the gateway's event loop was, at most. */
  readonly loopLate: number
  /** How long the gateway's thread stood still for its garbage: all of it, and at most. */
  readonly stopped: number
  readonly longestStop: number
}

/** Brings together what the caller and the gateway have noted of the same requests. */
export function roundOf(
  asked: readonly Asked[],
  { requests, loopLate, stopped, longestStop }: Clocked,
): Round {
  const clocked = new Map(requests.map(([number, ...times]) => [number, times]))
  const own: number[] = []
  const inside: number[] = []
  const published: number[] = []
  const seen: number[] = []
  const callerLate: number[] = []
  for (const { number, isGood, due, sent, answered } of asked) {
    const times = clocked.get(number)
    if (answered === undefined || times === undefined) continue
    const [begun, at] = times
    ;(isGood ? published : own).push(at - sent)
    if (!isGood) {
      inside.push(at - begun)
      seen.push(answered - due)
    }
    callerLate.push(sent - due + Math.max(0, answered - at))
  }
  return {
    asked: asked.length,
    failures: asked.filter(({ answered }) => answered === undefined).length,
    own: p99(own),
    inside: p99(inside),
    published: p99(published),
    seen: p99(seen),
    callerLate: p99(callerLate),
    loopLate,
    stopped,
    longestStop,
  }
}

/** How many times as large a figure is beside an attack as alone, round by round. */
export interface Ratio {
  readonly median: number
  readonly least: number
  readonly most: number
  /** The medians of both. */
  readonly alone: number
  readonly beside: number
}

export function ratioOf(
  alone: readonly Round[],
  beside: readonly Round[],
  figure: (round: Round) => number,
): Ratio {
  const ratios = alone.map((round, n) => figure(beside[n]!) / figure(round))
  return {
    median: middle(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    alone: middle(alone.map(figure)),
    beside: middle(beside.map(figure)),
  }
}

/** Of an even number the mean of the two in the middle. */
function middle(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

function p99(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? Number.NaN
}
