import { randomUUID } from 'node:crypto'
import { destination, parsePolicies } from '@tablestream/contract'
import { readJsonVariable } from '@tablestream/service-kit'
import { readConfig } from '../config.ts'
import { SourceError } from '../formats/index.ts'
import type { Output } from '../load-command.ts'
import { inLandingTurn } from '../land/landing-turn.ts'
import { landingTurnsOf, rewindTurnsOf } from '../land/turns-of.ts'
import { LoadError } from '../load-error.ts'
import { openLoader } from '../open-loader.ts'
import { showProgress } from '../progress.ts'
import { timeOf } from '../sources/recorded.ts'
import { KeptLetters } from './kept-letters.ts'
import { applyRewind, rewind, typeOfTable, type RewoundTable } from './rewind.ts'
import { showRewind } from './show-rewind.ts'
import { settleSwap } from './swap.ts'

/** The options of the command, as node:util's parseArgs takes them. */
export const REWIND_OPTIONS = {
  since: { type: 'string' },
  until: { type: 'string' },
  policy: { type: 'string' },
  'new-columns': { type: 'boolean', default: false },
  apply: { type: 'boolean', default: false },
} as const

export const REWIND_USAGE = `usage: rewind TABLE --since TIME [--until TIME] [--policy JSON|FILE] [--new-columns] [--apply]
Builds TABLE_rewound of what Pub/Sub took (published_messages), by the rules of now, and shows what is otherwise in it: columns, rows,
values. Rows whose events were published at another time, or loaded, are in it as they are. TABLE is the table of one event type.
  --since, --until  which messages: a time (2026-11-29T05:00:00Z) or how long ago that was (90m, 24h, 7d). Without --until: those that
                    were published before the newest row was made
  --policy          how the table may change: EVENT_POLICIES for this rewind
  --new-columns     columns are planned of these messages, as if there had been no table: another type is possible
  --apply           gives TABLE the name TABLE_before_rewind_<time>, and TABLE_rewound its own. BigQuery renames no table into which rows
                    were streamed in the last hours: let no stream-writer run before, and the topic keeps what is published
Exit code 0: it is built, and swapped with --apply; 1: it stopped, and says what TABLE is; 2: the command could not be read.
Examples: npm run rewind -- orders --since 24h
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/rewind.sh orders --since 7d --policy new.json --apply`

export interface RewindArguments {
  readonly table: string
  readonly since: string
  readonly until?: string | undefined
  readonly policy?: string | undefined
  readonly 'new-columns': boolean
  readonly apply: boolean
}

/** Whoever may import table-manager gives its code. */
export type OpenRewoundTable = (options: {
  readonly eventType: string
  readonly table: string
  readonly policies: ReturnType<typeof parsePolicies>
}) => RewoundTable

/** @returns from when until when, in milliseconds since 1970 @throws Error that says what is wrong */
export function checkRewindArguments(
  args: Pick<RewindArguments, 'since' | 'until'>,
  now = Date.now(),
): { readonly since: number; readonly until: number | undefined } {
  const since = timeOf(args.since, '--since', now)
  const until = args.until === undefined ? undefined : timeOf(args.until, '--until', now)
  if (since >= (until ?? now))
    throw new Error(
      `--since ${args.since} is not earlier than ${args.until === undefined ? 'now' : `--until ${args.until}`}`,
    )
  return { since, until }
}

/** @returns the exit code */
export async function rewindCommand(
  args: RewindArguments,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  openTable: OpenRewoundTable,
): Promise<number> {
  const { since, until } = checkRewindArguments(args)
  const progress = showProgress({ ...output, now: () => performance.now() })
  const loader = openLoader(readConfig(env), {
    ...(args.policy !== undefined && { policyText: readJsonVariable(args.policy) }),
    progress,
    // one process makes it: there is nothing to share out
    task: 0,
    tasks: 1,
  })
  const { parts } = loader
  const { policies } = parts
  const letters = new KeptLetters()
  /** What is true from the swap on, where something else fails. */
  let unpublished = ''
  try {
    const eventType = await typeOfTable(args.table, since, parts.warehouse)
    const { table } = destination(eventType)
    const notes = rewindTurnsOf(parts, table)
    const owner = randomUUID()
    const inTurn = (work: () => Promise<void>) => inLandingTurn(notes, { owner }, work)
    // what a load brought between the carrying over and the swap would be in the old table alone
    const besideNoLoad = (work: () => Promise<void>) =>
      args.apply ? inLandingTurn(landingTurnsOf(parts, table), { owner }, work) : work()
    await inTurn(() =>
      besideNoLoad(async () => {
        const settled = await settleSwap(parts.warehouse, notes)
        if (settled !== undefined) output.print(settled)
        const rewound = await rewind(
          {
            eventType,
            since,
            until,
            hasNewColumns: args['new-columns'],
            rewoundTable: (name) => openTable({ eventType, table: name, policies }),
            keepLetters: (messages) => (args.apply ? letters.keep(messages) : Promise.resolve()),
          },
          parts,
        )
        progress.end()
        output.print(showRewind(rewound))
        if (!args.apply) {
          output.print(`\n${rewound.rewound} is there to look at; --apply puts it in the place of ${table}`)
          return
        }
        const kept = await applyRewind(rewound, parts, notes)
        const done = `${table} is the rewound table; what it was is ${kept}`
        const load = `npm run load -- published:${rewound.since} --type ${eventType}`
        unpublished = `${done}. Its dead letters are not all published: ${load}, with the same --policy, publishes them`
        const wait = `Let the writer begin in ten minutes: clients of BigQuery may keep the name of a table for so long`
        output.print(`\n${done}\n${wait}`)
      }),
    )
    if (args.apply) output.print(`${await letters.publish(parts.publishLetters)} dead letters were published`)
    return 0
  } catch (error) {
    progress.end()
    const isNamed = error instanceof LoadError || error instanceof SourceError
    const why = error instanceof Error ? error.message : String(error)
    output.print(`rewind stopped (${isNamed ? error.rule : 'failed'}): ${why}`)
    if (unpublished !== '') output.print(unpublished)
    return 1
  } finally {
    await letters.remove()
    await loader.close()
  }
}
