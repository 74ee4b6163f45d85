// A pool of writers, second by second, under a load that changes: what waits, for how long, and how many instances the scaler gives it.
import { CPU_AN_EVENT, MESSAGE } from './scale-model.ts'
import { QUOTAS } from './scale-quotas.ts'
import { ScalerRule, type Behavior, type Trigger } from './scaler-rule.ts'
import { defaultOf } from '../terraform-defaults.ts'

/** terraform/scaling.tf; test/scale.test.ts compares. */
export const POLLING_SECONDS = 60
export const BEHAVIOR: Pick<Behavior, 'scaleUp' | 'scaleDown'> = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 60 },
      { type: 'Pods', value: 4, periodSeconds: 60 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 600,
    policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  },
}
/** Pub/Sub's metrics, as docs.cloud.google.com/monitoring/api/metrics_gcp_p_z has it: sampled every 60 s, and seen up to 120 s later. */
const SAMPLED_SECONDS = 60
const SEEN_AFTER_SECONDS = 120
/** From a new number of instances until they write: to be pulled, started and ready. About; a start alone takes 0.6 s. */
const START_SECONDS = 20
/**
 * Events a second that an instance can do: what its one stream of Pub/Sub carries, or its CPU. CPU_AN_EVENT was
 * measured on another CPU: one of Cloud Run is taken for half of it.
 */
export const CAPACITY = Math.min((QUOTAS.stream.region * 1e6) / MESSAGE, (0.5 * 1e6) / CPU_AN_EVENT)

export interface Scenario {
  readonly name: string
  readonly minutes: number
  readonly minimum: number
  readonly maximum: number
  /** Events that are published in a second. */
  rate(second: number): number
}

/** How it is at the end of a second. */
export interface Moment {
  readonly second: number
  readonly rate: number
  /** That write. */
  readonly instances: number
  readonly backlog: number
  /** Seconds that the oldest event waits; 0 where none does. */
  readonly age: number
}

export interface Options {
  /** False: the scaler is not told what is published, and sees the backlog alone. */
  readonly seesRate?: boolean
}

/** Every second of the scenario. Events are served in their order; none is lost. */
export function simulate(scenario: Scenario, { seesRate = true }: Options = {}): readonly Moment[] {
  const { minimum, maximum, minutes } = scenario
  const rule = new ScalerRule({ ...BEHAVIOR, minReplicaCount: minimum, maxReplicaCount: maximum })
  const moments: Moment[] = []
  const arrived: number[] = []
  let served = 0
  let total = 0
  let oldest = 0
  let asked = minimum
  let starting: { readonly at: number; readonly count: number }[] = []
  let instances = minimum
  for (let second = 0; second < minutes * 60; second++) {
    if (second % POLLING_SECONDS === 0) {
      const triggers = seen(moments, second, seesRate)
      const next = triggers === undefined ? asked : rule.decide(second, asked, triggers)
      if (next > asked) starting.push({ at: second + START_SECONDS, count: next - asked })
      // who goes, goes at once: those first that did not start yet
      if (next < asked) instances = Math.min(instances, next)
      asked = next
    }
    for (const { at, count } of starting) if (at === second) instances = Math.min(asked, instances + count)
    starting = starting.filter(({ at }) => at > second)
    const rate = scenario.rate(second)
    total += rate
    arrived.push(total)
    served = Math.min(total, served + instances * CAPACITY)
    while (oldest <= second && arrived[oldest]! <= served) oldest++
    const backlog = total - served
    moments.push({ second, rate, instances, backlog, age: backlog > 0 ? second + 1 - oldest : 0 })
  }
  return moments
}

/** What Monitoring tells at a second, as triggers of the scaler; undefined where it has nothing yet. */
function seen(moments: readonly Moment[], second: number, seesRate: boolean): readonly Trigger[] | undefined {
  const sampled = Math.floor((second - SEEN_AFTER_SECONDS) / SAMPLED_SECONDS) * SAMPLED_SECONDS
  const moment = moments[sampled - 1]
  if (moment === undefined) return undefined
  const minute = moments.slice(sampled - SAMPLED_SECONDS, sampled)
  const published = minute.reduce((sum, { rate }) => sum + rate, 0) / SAMPLED_SECONDS
  const backlog: readonly Trigger[] = [
    { value: moment.backlog, target: defaultOf('stream_writer_backlog_messages') },
    { value: moment.age, target: defaultOf('stream_writer_backlog_seconds'), isOfOne: true },
  ]
  return seesRate ? [{ value: published, target: defaultOf('stream_writer_events') }, ...backlog] : backlog
}
