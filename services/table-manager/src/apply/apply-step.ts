import type { Destination, EventPolicy } from '@tablestream/contract'
import type { Step } from './plan-step.ts'
import type { TableChange } from '../table-change.ts'
import type { ChangeOutcome, Tables, TableState } from '../tables.ts'

const MOST_EVENT_IDS = 100
/** Characters that a request of stream-writer keeps of an id (`shapeOf`): one may have megabytes. */
const LONGEST_ID = 1024

export interface Target {
  readonly tables: Tables
  readonly destination: Destination
  readonly policy: EventPolicy
  /** Who asks. */
  readonly source: string
}

/** Makes one change, under the etag of the state that it was planned for. */
export function applyStep(
  { tables, destination, policy, source }: Target,
  state: TableState | undefined,
  { kind, plan, primaryKey }: Step,
): Promise<ChangeOutcome> {
  const key = primaryKey && { primaryKey }
  const { table } = destination
  if (!state) {
    const requirePartitionFilter = policy.require_partition_filter
    return tables.create(destination, plan.columns, { requirePartitionFilter, source, ...key })
  }
  return kind === 'widen'
    ? tables.widen(table, state, plan.columns)
    : tables.alter(table, state, plan.columns, key)
}

/** A step as it is told once it is done. */
export function changeOf(
  { table }: Destination,
  { kind, plan }: Step,
  requests: readonly { readonly eventId: string }[],
): TableChange {
  const { columns, added, relaxed, widened } = plan
  return {
    table,
    outcome: kind === 'create' ? 'created' : 'altered',
    added: kind === 'create' ? columns.map(({ name }) => name) : kind === 'alter' ? added : [],
    relaxed: kind === 'alter' ? relaxed : [],
    widened: kind === 'widen' ? widened : [],
    eventIds: requests
      .slice(0, MOST_EVENT_IDS)
      .map(({ eventId }) => eventId.slice(0, LONGEST_ID).toWellFormed()),
  }
}
