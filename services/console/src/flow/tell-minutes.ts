import type { Flow } from '../api/flow.ts'
import type { MinuteKeeper } from './minute-keeper.ts'
import { ledgerOf, round, type FlowParts } from './tell-flow.ts'

export interface MinuteParts extends Omit<FlowParts, 'sampler'> {
  readonly minutes: ReturnType<MinuteKeeper['get']>
}

/**
 * What goes through the pipeline, where no writer can be asked: what Pub/Sub counted, and the ledger. Pub/Sub knows of an acknowledged
 * message not how it ended, and not its table: ends are the ledger's alone.
 */
export function tellMinutes({
  minutes: { minutes, problem },
  ledger,
  marks,
  now,
  after = 0,
}: MinuteParts): Flow {
  const last = minutes.at(-1)
  const sum = (count: (minute: (typeof minutes)[number]) => number) =>
    minutes.reduce((all, minute) => all + count(minute), 0)
  const rate = (count: number | undefined) => (count === undefined ? null : round(count / 60))
  const newer = minutes.filter(({ at }) => at > after)
  const told = ledger.kept && ledgerOf(ledger.kept)
  const nothing = newer.map(() => null)
  return {
    at: new Date(last?.at ?? now).toISOString(),
    figures: 'monitoring',
    now: {
      received_total: sum(({ published }) => published),
      landed_total: told?.total.landed ?? 0,
      duplicates_total: told?.total.duplicates ?? 0,
      dead_letters_total: sum(({ deadLetters }) => deadLetters),
      given_back_total: 0,
      held: last?.waiting ?? 0,
      waiting: 0,
      received_rate: rate(last?.published),
      landed_rate: null,
      dead_letters_rate: rate(last?.deadLetters),
    },
    tables: [],
    stuck: [],
    services: problem === undefined ? [] : [{ name: 'Cloud Monitoring', ok: false, problem }],
    ...(told && { ledger: told }),
    ...(ledger.problem !== undefined && { ledger_problem: ledger.problem }),
    curves: {
      times: newer.map(({ at }) => Math.round(at / 1000)),
      received: newer.map(({ published }) => rate(published)),
      acknowledged: newer.map(({ acknowledged }) => rate(acknowledged)),
      landed: nothing,
      duplicates: nothing,
      dead_letters: newer.map(({ deadLetters }) => rate(deadLetters)),
      waiting: newer.map(({ waiting }) => waiting),
      landed_by_table: {},
      p50_by_table: {},
      p99_by_table: {},
    },
    marks,
  }
}
