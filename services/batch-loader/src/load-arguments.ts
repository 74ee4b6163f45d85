import { recordedOf } from './sources/recorded-span.ts'

/** The options of the command, as node:util's parseArgs takes them. */
export const LOAD_OPTIONS = {
  type: { type: 'string' },
  source: { type: 'string' },
  policy: { type: 'string' },
  columns: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'max-bad': { type: 'string', default: '1' },
} as const

export const LOAD_USAGE = `usage: load SOURCE... [--type EVENT_TYPE] [--source NAME] [--policy JSON|FILE] [--columns NAMES] [--dry-run]
            [--max-bad PART]
Loads files of events into their tables by the rules of the stream: each record lands, is a duplicate of one that is there, or is a dead
letter. A file that was loaded before is not loaded again; a load that was killed goes on where it was.
published:SINCE/UNTIL is what Pub/Sub took in that time, dead-letters:SINCE/UNTIL what became a dead letter in it and was not published
again. Each is a time (2026-11-29T05:00:00Z) or how long ago that was (90m, 24h, 7d); without UNTIL: 5m.
  --type      the records' event type, where they name none; of messages that were published before: the only one that is loaded
  --source    whose ids the records' are: what is in _source
  --policy    how tables may change: EVENT_POLICIES for this load
  --columns   names of the columns of CSV without a header, with commas between them
  --dry-run   reads everything, and prints the columns that it would make, conflicts, and the first bad records; changes nothing
  --max-bad   stops before anything has landed where more than this part of the records is bad: 0.01. Without it: 1, never
The exit code is 0 when each record has its end, 1 when a load stopped or a source could not be read.
Examples: npm run load -- orders.ndjson --type order --max-bad 0.01
          npm run load -- published:24h --type order
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/load.sh gs://my-bucket/raw/ --type order`

export interface LoadArguments {
  readonly sources: readonly string[]
  readonly type?: string | undefined
  readonly source?: string | undefined
  readonly policy?: string | undefined
  readonly columns?: string | undefined
  readonly 'dry-run': boolean
  readonly 'max-bad': string
}

/** @throws Error for what nobody has to be asked about: a part that is none, a column without a name, a source that is no time */
export function checkLoadArguments({ sources, columns, 'max-bad': part }: LoadArguments): void {
  partOf(part)
  columnsOf(columns)
  for (const source of sources) recordedOf(source, Date.now())
}

/** @throws Error for what is no part of a whole */
export function partOf(text: string): number {
  const part = Number(text)
  if (text.trim() === '' || !(part >= 0 && part <= 1))
    throw new Error(`--max-bad is a number from 0 to 1, but is "${text}"`)
  return part
}

/** The names of columns that a text with commas between them means. @throws Error for a name that is empty, or there a second time */
export function columnsOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',').map((name) => name.trim())
  const empty = names.indexOf('')
  if (empty !== -1)
    throw new Error(
      `--columns is names with commas between them, but number ${empty + 1} of "${text}" is empty`,
    )
  // of two values of one name the first would be lost
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new Error(`--columns gives each column a name of its own, but "${text}" has ${twice} twice`)
  return names
}
