import { CATALOGUE, destination } from '@tablestream/contract'
import type { Account } from '@tablestream/ledger'
import type { Figures, Flow } from '../api/flow.ts'
import { addReading, quantile, sumOf } from './changes.ts'
import type { KeptLedger } from './ledger-keeper.ts'
import { latencyCurves } from './latency-curves.ts'
import { noCounts, type Reading } from './reading.ts'
import type { Sampler, Step } from './sampler.ts'

export interface FlowParts {
  readonly sampler: Pick<Sampler, 'at' | 'steps' | 'services' | 'totals' | 'waiting'>
  readonly ledger: { readonly kept: KeptLedger | undefined; readonly problem: string | undefined }
  readonly marks: Flow['marks']
  readonly now: number
  /** Milliseconds since 1970: only later steps are in the curves. */
  readonly after?: number | undefined
}

const RATE_MS = 10_000
const LATENCY_MS = 300_000
const STUCK_MS = 10_000
const MOST_TABLES = 200
const MOST_CURVES = 20
const MOST_TIMED = 10

/** What goes through the pipeline: figures of /metrics, and the ledger of the last hour. */
export function tellFlow({ sampler, ledger, marks, now, after = 0 }: FlowParts): Flow {
  const { steps, totals, services } = sampler
  const at = sampler.at ?? now
  const recent = steps.filter((step) => step.at > at - RATE_MS)
  const seconds = recent.reduce((sum, step) => sum + step.seconds, 0)
  const lately = sumOf(recent.map(({ change }) => change))
  const rate = (count: number) => (seconds === 0 ? null : round(count / seconds))
  const sums = sumOfTables(totals)
  const sumsLately = sumOfTables(lately)
  return {
    at: new Date(at).toISOString(),
    figures: 'metrics',
    now: {
      received_total: totals.received,
      landed_total: sums.landed,
      duplicates_total: sums.duplicates,
      dead_letters_total: sums.deadLetters,
      given_back_total: totals.givenBack,
      held: totals.held,
      waiting: sums.waiting,
      received_rate: rate(lately.received),
      landed_rate: rate(sumsLately.landed),
      dead_letters_rate: rate(sumsLately.deadLetters),
    },
    tables: tablesOf(totals, lately, steps, at, rate),
    stuck: sampler.waiting
      .filter(({ since, waiting }) => waiting > 0 && at - since >= STUCK_MS)
      .map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() })),
    services: [...services],
    ...(ledger.kept && { ledger: ledgerOf(ledger.kept) }),
    ...(ledger.problem !== undefined && { ledger_problem: ledger.problem }),
    curves: curvesOf(steps, after),
    marks,
  }
}

function tablesOf(
  totals: Reading,
  lately: Reading,
  steps: readonly Step[],
  at: number,
  rate: (count: number) => number | null,
): Flow['tables'] {
  const latency: Reading = sumOf([])
  for (const step of steps) if (step.at > at - LATENCY_MS) addReading(latency, step.change)
  const all = [...totals.tables].toSorted(([, a], [, b]) => b.landed - a.landed)
  return all.slice(0, MOST_TABLES).map(([table, counts]) => {
    const { buckets } = latency.tables.get(table) ?? noCounts()
    const eventType = typeOf(table)
    return {
      table,
      ...(eventType !== undefined && { event_type: eventType }),
      landed_total: counts.landed,
      duplicates_total: counts.duplicates,
      dead_letters_total: counts.deadLetters,
      waiting: counts.waiting,
      landed_rate: rate(lately.tables.get(table)?.landed ?? 0),
      p50_seconds: quantile(buckets, 0.5),
      p99_seconds: quantile(buckets, 0.99),
    }
  })
}

/** The type whose events are in a table, where it is known or has the table's own name. */
export function typeOf(table: string): string | undefined {
  const known = CATALOGUE.find((definition) => definition.table === table)
  if (known) return known.type
  return table !== '' && destination(table).table === table ? table : undefined
}

function curvesOf(all: readonly Step[], after: number): Flow['curves'] {
  const steps = all.filter((step) => step.at > after)
  const landed = new Map<string, number>()
  for (const { change } of steps)
    for (const [table, counts] of change.tables) landed.set(table, (landed.get(table) ?? 0) + counts.landed)
  const most = [...landed].toSorted(([, a], [, b]) => b - a).slice(0, MOST_CURVES)
  const sums = steps.map(({ change }) => sumOfTables(change))
  const timed = most.map(([table]) => table).filter((table) => table !== '')
  const { p50, p99 } = latencyCurves(all, after, timed.slice(0, MOST_TIMED))
  const curve = (count: (index: number) => number) =>
    steps.map((step, index) => round(count(index) / step.seconds))
  return {
    times: steps.map((step) => Math.round(step.at / 1000)),
    received: curve((index) => steps[index]!.change.received),
    landed: curve((index) => sums[index]!.landed),
    duplicates: curve((index) => sums[index]!.duplicates),
    dead_letters: curve((index) => sums[index]!.deadLetters),
    waiting: sums.map(({ waiting }) => waiting),
    landed_by_table: Object.fromEntries(
      most.map(([table]) => [table, curve((index) => steps[index]!.change.tables.get(table)?.landed ?? 0)]),
    ),
    p50_by_table: p50,
    p99_by_table: p99,
  }
}

function sumOfTables({ tables }: Reading) {
  const sum = { landed: 0, duplicates: 0, deadLetters: 0, waiting: 0 }
  for (const counts of tables.values()) {
    sum.landed += counts.landed
    sum.duplicates += counts.duplicates
    sum.deadLetters += counts.deadLetters
    sum.waiting += counts.waiting
  }
  return sum
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
