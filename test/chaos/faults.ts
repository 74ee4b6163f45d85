import type { FaultPlan, FaultRule } from '@tablestream/local-cloud'

/** What the names of columns begin with that BigQuery refuses for good: their values belong into `_unmapped`. */
export const REFUSED = 'cursed'

/**
 * Everything that can go wrong, each so often that a run of some ten thousand events meets it.
 *
 * @param only points (`pubsub.ack`) or kinds (`storage.append:drop`) to which it is restricted
 */
export function chaosFaults(seed: number, only?: readonly string[]): FaultPlan {
  const rules = allRules().filter(
    (rule) => !only || only.includes(rule.on) || only.includes(`${rule.on}:${rule.do}`),
  )
  return { seed, rules }
}

/** What `only` may name: fault points, and their kinds. */
export function faultNames(): ReadonlySet<string> {
  return new Set(allRules().flatMap((rule) => [rule.on, `${rule.on}:${rule.do}`]))
}

function allRules(): readonly FaultRule[] {
  return [
    { on: 'pubsub.publish', do: 'error', probability: 0.02 },
    { on: 'pubsub.publish', do: 'lose_answer', probability: 0.02 },
    { on: 'pubsub.publish', do: 'delay', ms: [10, 200], probability: 0.02 },
    { on: 'pubsub.publish', do: 'stall', probability: 0.001 },
    { on: 'pubsub.open_pull', do: 'error', probability: 0.2 },
    { on: 'pubsub.deliver', do: 'duplicate', probability: 0.002 },
    { on: 'pubsub.deliver', do: 'reorder', ms: [100, 3000], probability: 0.002 },
    { on: 'pubsub.deliver_batch', do: 'drop', probability: 0.003 },
    { on: 'pubsub.deliver_batch', do: 'redeliver', probability: 0.002 },
    { on: 'pubsub.pull_stream', do: 'error', probability: 0.002 },
    { on: 'pubsub.ack', do: 'lose', probability: 0.001 },
    { on: 'pubsub.ack', do: 'delay', ms: [100, 3000], probability: 0.002 },
    { on: 'pubsub.push', do: 'error', probability: 0.002 },
    { on: 'pubsub.push', do: 'lose_answer', probability: 0.002 },
    { on: 'bigquery.get_table', do: 'error', probability: 0.05 },
    { on: 'bigquery.get_table', do: 'drop', probability: 0.03 },
    { on: 'bigquery.get_table', do: 'stall', probability: 0.01 },
    { on: 'bigquery.metadata', do: 'delay', ms: [500, 10_000], probability: 0.3 },
    { on: 'bigquery.insert_table', do: 'lose_answer', probability: 0.2 },
    { on: 'bigquery.patch_table', do: 'error', status: 'RESOURCE_EXHAUSTED', probability: 0.1 },
    { on: 'bigquery.patch_table', do: 'lose_answer', probability: 0.1 },
    // grants that are late
    { on: 'bigquery.patch_table', do: 'error', status: 'PERMISSION_DENIED', probability: 1, untilMs: 5000 },
    { on: 'storage.append', do: 'error', status: 'PERMISSION_DENIED', probability: 1, untilMs: 2000 },
    { on: 'storage.read', do: 'error', status: 'UNAUTHENTICATED', probability: 0.5, untilMs: 4000 },
    { on: 'bigquery.column', do: 'refuse', column: `^${REFUSED}`, every: 1 },
    // a disk that is full now and then
    { on: 'bigquery.disk', do: 'full', probability: 0.003 },
    { on: 'pubsub.disk', do: 'full', probability: 0.0005 },
    { on: 'bigquery.insert_all', do: 'error', probability: 0.1 },
    { on: 'bigquery.query', do: 'error', status: 'INTERNAL', probability: 0.1 },
    { on: 'storage.read', do: 'error', probability: 0.05 },
    { on: 'storage.read', do: 'stall', probability: 0.01 },
    { on: 'storage.append', do: 'error', probability: 0.02 },
    { on: 'storage.append', do: 'error', status: 'INTERNAL', probability: 0.01 },
    { on: 'storage.append', do: 'refuse', status: 'RESOURCE_EXHAUSTED', probability: 0.02 },
    { on: 'storage.append', do: 'lose_answer', probability: 0.02 },
    { on: 'storage.append', do: 'stall', probability: 0.001 },
    { on: 'storage.append', do: 'drop', probability: 0.003 },
    { on: 'storage.append', do: 'late', ms: [100, 3000], probability: 0.003 },
    { on: 'storage.append', do: 'delay', ms: [10, 500], probability: 0.02 },
    { on: 'storage.schema', do: 'delay', ms: [500, 5000], probability: 0.7 },
  ]
}
