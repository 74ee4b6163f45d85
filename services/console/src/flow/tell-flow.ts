import type { Account } from '@tablestream/ledger'
import type { Figures, Flow } from '../api/flow.ts'
import { typeOf } from '../tables/type-of-table.ts'
import type { KeptLedger } from './ledger-keeper.ts'
import type { Counts } from './reading.ts'
import type { Sampler, Step } from './sampler.ts'

export interface FlowParts {
  readonly sampler: Pick<Sampler, 'at' | 'steps' | 'services' | 'totals' | 'landed' | 'latencies' | 'waiting'>
  readonly ledger: { readonly kept: KeptLedger | undefined; readonly problem: string | undefined }
  readonly marks: Flow['marks']
  readonly now: number
  /** Milliseconds since 1970: only later steps are in the curves. */
  readonly after?: number | undefined
}

const RATE_MS = 10_000
const STUCK_MS = 10_000
const MOST_TABLES = 200
const MOST_CURVES = 20
const MOST_TIMED = 10

/** What goes through the pipeline: figures of /metrics, and the ledger of the last hour. */
export function tellFlow({ sampler, ledger, marks, now, after = 0 }: FlowParts): Flow {
  const { steps, totals, services } = sampler
  const at = sampler.at ?? now
  const recent = stepsAfter(steps, at - RATE_MS)
  const seconds = sumUp(recent, (step) => step.seconds)
  const rate = (count: (step: Step) => number) =>
    seconds === 0 ? null : round(sumUp(recent, count) / seconds)
  const sums = sumOfTables(totals.tables)
  return {
    at: new Date(at).toISOString(),
    figures: 'metrics',
    now: {
      received_total: totals.received,
      landed_total: sums.landed,
      duplicates_total: sums.duplicates,
      dead_letters_total: sums.deadLetters,
      given_back_total: sums.givenBack,
      held: totals.held,
      waiting: sums.waiting,
      received_rate: rate(({ received }) => received),
      landed_rate: rate(({ tables }) => sumOfTables(tables).landed),
      dead_letters_rate: rate(({ tables }) => sumOfTables(tables).deadLetters),
    },
    tables: tablesOf(sampler, rate),
    stuck: sampler.waiting
      .filter(({ since, waiting }) => waiting > 0 && at - since >= STUCK_MS)
      .map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() })),
    services: [...services],
    ...(ledger.kept && { ledger: ledgerOf(ledger.kept) }),
    ...(ledger.problem !== undefined && { ledger_problem: ledger.problem }),
    curves: curvesOf(sampler, after),
    marks,
  }
}

/** Steps that ended after a time: the last ones. */
function stepsAfter(steps: readonly Step[], time: number): readonly Step[] {
  return steps.slice(steps.findLastIndex((step) => step.at <= time) + 1)
}

function sumUp(steps: readonly Step[], count: (step: Step) => number): number {
  return steps.reduce((all, step) => all + count(step), 0)
}

function tablesOf(
  { totals, latencies }: FlowParts['sampler'],
  rate: (count: (step: Step) => number) => number | null,
): Flow['tables'] {
  const all = [...totals.tables].toSorted(([, a], [, b]) => b.landed - a.landed)
  return all.slice(0, MOST_TABLES).map(([table, counts]) => {
    const eventType = typeOf(table)
    const latency = latencies.get(table)
    return {
      table,
      ...(eventType !== undefined && { event_type: eventType }),
      landed_total: counts.landed,
      duplicates_total: counts.duplicates,
      dead_letters_total: counts.deadLetters,
      waiting: counts.waiting,
      landed_rate: rate(({ tables }) => tables.get(table)?.landed ?? 0),
      p50_seconds: latency?.p50 ?? null,
      p99_seconds: latency?.p99 ?? null,
    }
  })
}

/** Of the tables in which most landed in the hour: the same ones in the event before, as long as nothing overtakes them. */
function curvesOf({ steps: all, landed }: FlowParts['sampler'], after: number): Flow['curves'] {
  const steps = stepsAfter(all, after)
  const most = [...landed].toSorted(([, a], [, b]) => b - a).map(([table]) => table)
  const timed = most.filter((table) => table !== '').slice(0, MOST_TIMED)
  const sums = steps.map(({ tables }) => sumOfTables(tables))
  const curve = (count: (step: Step, index: number) => number) =>
    steps.map((step, index) => round(count(step, index) / step.seconds))
  const byTable = <T>(tables: readonly string[], points: (table: string) => T) =>
    Object.fromEntries(tables.map((table) => [table, points(table)]))
  return {
    times: steps.map((step) => Math.round(step.at / 1000)),
    received: curve(({ received }) => received),
    landed: curve((_, index) => sums[index]!.landed),
    duplicates: curve((_, index) => sums[index]!.duplicates),
    dead_letters: curve((_, index) => sums[index]!.deadLetters),
    waiting: sums.map(({ waiting }) => waiting),
    landed_by_table: byTable(most.slice(0, MOST_CURVES), (table) =>
      curve(({ tables }) => tables.get(table)?.landed ?? 0),
    ),
    p50_by_table: byTable(timed, (table) => steps.map(({ latencies }) => latencies.get(table)?.p50 ?? null)),
    p99_by_table: byTable(timed, (table) => steps.map(({ latencies }) => latencies.get(table)?.p99 ?? null)),
  }
}

function sumOfTables(tables: ReadonlyMap<string, Counts>) {
  const all = { landed: 0, duplicates: 0, deadLetters: 0, givenBack: 0, waiting: 0 }
  for (const counts of tables.values()) {
    all.landed += counts.landed
    all.duplicates += counts.duplicates
    all.deadLetters += counts.deadLetters
    all.givenBack += counts.givenBack
    all.waiting += counts.waiting
  }
  return all
}

export function ledgerOf({ ledger, since, at }: KeptLedger): NonNullable<Flow['ledger']> {
  return {
    ledger_at: at.toISOString(),
    since: since.toISOString(),
    types: ledger.accounts.map((account) => ({
      event_type: account.eventType,
      table: account.table,
      ...figuresOf(account),
    })),
    total: totalOf(ledger.accounts),
  }
}

/** An account as the API names its numbers. */
export function figuresOf(account: Account): Figures {
  return {
    published: account.messages,
    landed: account.landed,
    duplicates: account.duplicates,
    replaced: account.replaced,
    dead_letters: account.deadLettered,
    missing: account.missing,
  }
}

export function totalOf(accounts: readonly Account[]): Figures {
  const sum = { published: 0, landed: 0, duplicates: 0, replaced: 0, dead_letters: 0, missing: 0 }
  for (const account of accounts)
    for (const [name, value] of Object.entries(figuresOf(account))) sum[name as keyof Figures] += value
  return sum
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}
