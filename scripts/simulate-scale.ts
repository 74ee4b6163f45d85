// Prints how many writers a rate takes and which quota comes first, and how the pool follows a load that changes: `npm run simulate-scale`.
// docs/scale.md has its output, and what it says.
import { countOf, readArguments, refuse } from './arguments.ts'
import { needsOf, toAskFor, type Load } from './simulate-scale/scale-model.ts'
import { simulate, type Moment, type Scenario } from './simulate-scale/scale-simulation.ts'

export const RATES = [10, 100, 1000, 10_000, 100_000, 200_000, 500_000, 1_000_000] as const
const ROWS_EVERY_MINUTES = 5

const MINUTE = 60
/** Those that terraform/environments/production.tfvars comes with. */
const limits = { minimum: 2, maximum: 20 }

/** Each with these limits. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'ramp: from 1,000 to 100,000 events/s in 40 minutes',
    minutes: 60,
    ...limits,
    rate: (second) => Math.min(100_000, 1000 + (99_000 * second) / (40 * MINUTE)),
  },
  {
    name: 'burst: 10,000 events/s, and 80,000 for 15 minutes',
    minutes: 60,
    ...limits,
    rate: (second) => (second >= 10 * MINUTE && second < 25 * MINUTE ? 80_000 : 10_000),
  },
  {
    name: 'midnight: 50,000 events/s, none for half an hour, and 50,000 again',
    minutes: 80,
    ...limits,
    rate: (second) => (second >= 15 * MINUTE && second < 45 * MINUTE ? 0 : 50_000),
  },
]

const number = (value: number) => Math.round(value).toLocaleString('en-US')
const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[]) =>
  [row(...head), `|${head.map(() => '---:|').join('')}`, ...rows].join('\n')

/** By rate: how many writers, how busy they are, which quota comes first, and what to ask for. */
export function needsTable(rates: readonly number[], others: Omit<Load, 'rate'>): string {
  return table(
    ['events/s', 'writers', 'CPU', 'the quota that comes first', 'of it', 'to ask for'],
    rates.map((rate) => {
      const { writers, busy, demands } = needsOf({ rate, ...others })
      const [first] = demands
      const asked = toAskFor({ rate, ...others }).map(({ quota, amount }) =>
        quota.canGrow ? `${quota.name}: ${number(amount)} ${quota.unit}` : `${quota.name}: it does not grow`,
      )
      return row(
        number(rate),
        number(writers),
        `${Math.round(busy * 100)} %`,
        first!.quota.name,
        `${first!.share < 0.01 ? '< 1' : Math.round(first!.share * 100)} %`,
        asked.join('; ') || 'nothing',
      )
    }),
  )
}

/** Every few minutes of a scenario. */
export function momentsTable(moments: readonly Moment[]): string {
  const shown = moments.filter(({ second }) => (second + 1) % (ROWS_EVERY_MINUTES * MINUTE) === 0)
  return table(
    ['minute', 'events/s', 'instances', 'waiting events', 'the oldest waits, s'],
    shown.map(({ second, rate, instances, backlog, age }) =>
      row((second + 1) / MINUTE, number(rate), instances, number(backlog), age),
    ),
  )
}

/** The scenarios in one line each, with and without the trigger on what is published. */
export function summaryTable(): string {
  return table(
    [
      'scenario',
      'the scaler sees',
      'the oldest waited, s',
      'minutes above 5 s',
      'most instances',
      'instance-hours',
    ],
    SCENARIOS.flatMap((scenario) =>
      [true, false].map((seesRate) => {
        const moments = simulate(scenario, { seesRate })
        return row(
          scenario.name.split(':')[0]!,
          seesRate ? 'rate and backlog' : 'backlog alone',
          Math.max(...moments.map(({ age }) => age)),
          Math.round(moments.filter(({ age }) => age > 5).length / MINUTE),
          Math.max(...moments.map(({ instances }) => instances)),
          (moments.reduce((sum, { instances }) => sum + instances, 0) / 3600).toFixed(1),
        )
      }),
    ),
  )
}

/** All that is printed. */
export function report(rates: readonly number[], tables: number, isMultiRegion: boolean): string {
  const place = isMultiRegion ? 'a multi-region' : 'a region'
  return [
    `${number(tables)} tables, in ${place}:\n\n${needsTable(rates, { tables, isMultiRegion })}`,
    ...SCENARIOS.map((scenario) => `${scenario.name}\n\n${momentsTable(simulate(scenario))}`),
    summaryTable(),
  ].join('\n\n')
}

const USAGE = `usage: npm run simulate-scale [-- [--tables N] [--multi-region]] [EVENTS_A_SECOND…]
Prints how many stream-writers a rate takes and which of Google's quotas comes first, and how the scaler follows a load that changes.
  --tables        tables that are written at once (20)
  --multi-region  the dataset is in US or EU, and not in a region
Example: npm run simulate-scale -- --tables 4000 50000 1000000`

if (import.meta.main) {
  const NAME = 'npm run simulate-scale'
  const { values, positionals } = readArguments({
    name: NAME,
    usage: USAGE,
    options: {
      tables: { type: 'string', default: '20' },
      'multi-region': { type: 'boolean', default: false },
    },
    takesOthers: true,
  })
  const wrong = positionals.find((text) => !(Number(text) > 0))
  if (wrong !== undefined) refuse(NAME, `"${wrong}" is no number of events a second\n${USAGE}`)
  try {
    const rates = positionals.length > 0 ? positionals.map(Number) : RATES
    console.log(report(rates, countOf('--tables', values.tables), values['multi-region']))
  } catch (error) {
    refuse(NAME, (error as Error).message)
  }
}
