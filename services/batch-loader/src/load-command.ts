import { readJsonVariable } from '@tablestream/service-kit'
import { readConfig } from './config.ts'
import { SourceError } from './formats/index.ts'
import { loadSources } from './load.ts'
import { LoadError } from './load-error.ts'
import type { LoadParts } from './load-parts.ts'
import { openLoader } from './open-loader.ts'
import { showProgress } from './progress.ts'
import { showPlan } from './show-plan.ts'
import { recordedOf } from './sources/recorded.ts'
import { isComplete, showAccounts, showBad, showCsv } from './show-report.ts'

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
The exit code is 0 when each record has its end, 1 when a load stopped.
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

export interface Output {
  /** A line of the report. */
  readonly print: (text: string) => void
  /** Where progress is shown. */
  readonly write: (text: string) => void
  readonly isTerminal: boolean
}

/** @throws Error for what nobody has to be asked about: a part that is none, a source that is no time */
export function checkLoadArguments({ sources, 'max-bad': part }: LoadArguments): void {
  partOf(part)
  for (const source of sources) recordedOf(source, Date.now())
}

/** @returns the exit code */
export async function loadCommand(
  args: LoadArguments,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  given: Partial<LoadParts> = {},
): Promise<number> {
  const maxBad = partOf(args['max-bad'])
  const progress = showProgress({ ...output, now: () => performance.now() })
  const loader = openLoader(readConfig(env), {
    eventType: args.type,
    source: args.source,
    ...(args.policy !== undefined && { policyText: readJsonVariable(args.policy) }),
    dryRun: args['dry-run'],
    ...(args.columns !== undefined && { hints: { columns: args.columns.split(',') } }),
    maxBad,
    progress,
    ...given,
  })
  const { parts } = loader
  let isFine = true
  try {
    for await (const report of loadSources(args.sources, parts)) {
      progress.end()
      if (report.outcome === 'surveyed') {
        output.print(`${report.source}: ${report.survey.records.toLocaleString('en')} records`)
        if (report.csv) output.print(showCsv(report.csv))
        output.print(await showPlan(report.survey, parts))
        output.print(showBad(report.survey))
      } else if (report.outcome === 'left to others') {
        output.print(`${report.source}: another task loads it`)
      } else {
        output.print(showAccounts(report.source, report.accounts, report.outcome === 'loaded before'))
        isFine &&= report.accounts.every(isComplete)
      }
    }
  } catch (error) {
    progress.end()
    if (!(error instanceof LoadError || error instanceof SourceError)) throw error
    output.print(`load stopped (${error.rule}): ${error.message}`)
    return 1
  } finally {
    await loader.close()
  }
  return isFine ? 0 : 1
}

/** @throws Error for what is no part of a whole */
function partOf(text: string): number {
  const part = Number(text)
  if (text.trim() === '' || !(part >= 0 && part <= 1))
    throw new Error(`--max-bad is a number from 0 to 1, but is "${text}"`)
  return part
}
