import { timeOf } from '../sources/recorded-span.ts'

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
