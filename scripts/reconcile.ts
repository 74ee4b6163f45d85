// `npm run reconcile`, `scripts/reconcile.sh`: does the sum come out? What Pub/Sub took, against what landed, what repeats
// an event that landed, and what is in the dead letters; and by name what is nowhere.
import { setTimeout as sleep } from 'node:timers/promises'
import type { LedgerOptions, readLedger as ReadLedgerFunction } from './accounts.ts'
import type { Account, Ledger, MissingEvent } from './ledger.ts'
import { readArguments } from './arguments.ts'
import { readTarget, type Target } from './target.ts'

const USAGE = `usage: reconcile [SINCE] [--local] [--wait SECONDS] [--archive gs://BUCKET | --record]
Compares what Pub/Sub took since SINCE (RFC 3339, or a span like 90m, 24h, 7d; default 24h) with the tables and the dead
letters. It names the events that are nowhere, and the ids that different events have. Rows are on their way for a moment,
so it looks again until the sum comes out, for SECONDS (default 30). The last line is what BigQuery read for all of it.
--archive reads the hours since SINCE that are archived from there, and only the later ones from the record, which keeps days.
Of an archived hour the record's bytes are not read, but the keys that the archiver made of them, where they are those of all that
the record has. --record reads the record of every hour: seven times as much, and by the rules of today.
Exit code 0: every message has its end; 1: some have none.
PROJECT_ID, ENVIRONMENT and DATASET say which environment; --local is the one of npm start.
Examples: npm run reconcile -- 90m --wait 5
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/reconcile.sh 24h
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/reconcile.sh 30d --archive gs://my-project-dev-events-archive`

type ReadLedger = typeof ReadLedgerFunction

const SPAN_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function sinceOf(text: string): Date {
  const span = /^(\d+)([mhd])$/.exec(text)
  if (span) return new Date(Date.now() - Number(span[1]) * SPAN_MS[span[2] as keyof typeof SPAN_MS])
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new Error(`SINCE is a time or a span like 24h, but is "${text}"`)
  return time
}

const COLUMNS: readonly [title: string, (account: Account) => number][] = [
  ['messages', ({ messages }) => messages],
  ['landed', ({ landed }) => landed],
  ['duplicates', ({ duplicates }) => duplicates],
  ['replaced', ({ replaced }) => replaced],
  ['dead letters', ({ deadLettered }) => deadLettered],
  ['missing', ({ missing }) => missing],
  ['extra rows', ({ extraRows }) => extraRows],
  ['collisions', ({ collisions }) => collisions],
]

function show({ accounts, missing, collisions }: Ledger): void {
  const names = accounts.map(({ eventType, table }) =>
    eventType === '' ? '(no event)' : eventType === table ? table : `${eventType} → ${table}`,
  )
  const width = Math.max(...names.map((name) => name.length), 5)
  const line = (name: string, cells: readonly (string | number)[]) =>
    console.log(name.padEnd(width) + cells.map((cell) => String(cell).padStart(14)).join(''))
  line(
    '',
    COLUMNS.map(([title]) => title),
  )
  accounts.forEach((account, index) =>
    line(
      names[index]!,
      COLUMNS.map(([, read]) => read(account)),
    ),
  )
  line(
    'total',
    COLUMNS.map(([, read]) => accounts.reduce((sum, account) => sum + read(account), 0)),
  )
  if (missing.length > 0) console.log('\nmessages without an end:')
  for (const { messages, messageId, publishTime, ...event } of missing) {
    const more = messages > 1 ? `, the first of ${messages}` : ''
    console.log(`  ${told(event)}  message id ${messageId}${more}  published ${publishTime}`)
  }
  if (collisions.length > 0) console.log('\nids that different events of one source have:')
  for (const { contents, messages, messageIds, ...event } of collisions) {
    const more = messages > messageIds.length ? `, and ${messages - messageIds.length} more` : ''
    console.log(`  ${told(event)}  ${contents} events  message ids ${messageIds.join(' ')}${more}`)
  }
}

/** Bytes as BigQuery bills them: by the TiB that a query reads. */
function sizeOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`
}

function told({
  eventType,
  eventId,
  source,
}: Pick<MissingEvent, 'eventType' | 'eventId' | 'source'>): string {
  return `${eventType}  event id ${eventId}${source === '' ? '' : `  source ${source}`}`
}

/** @throws Error for what is no number of seconds: with it the waiting would never end */
function secondsOf(text: string): number {
  const seconds = Number(text)
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0)
    throw new Error(`--wait is a number of seconds, but is "${text}"`)
  return seconds
}

async function reconcile(): Promise<number> {
  const { values, positionals } = readArguments({
    name: 'reconcile',
    usage: USAGE,
    takesOthers: true,
    options: {
      local: { type: 'boolean', default: false },
      wait: { type: 'string', default: '30' },
      archive: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  })
  const since = sinceOf(positionals[0] ?? '24h')
  const waitMs = secondsOf(values.wait) * 1000
  const target = readTarget(values.local)
  // who only asks how this is used does not wait for Google's clients
  const { openBigQuery } = await import('./google-clients.ts')
  const { readLedger } = await import('./accounts.ts')
  const bigquery = openBigQuery(target)
  const { archive, record: withoutKeys } = values
  if (archive !== undefined) {
    const { withArchive } = await import('./archived-record.ts')
    return withArchive(target, archive, since, (published) =>
      look({ bigquery, target, since, waitMs, published, readLedger }),
    )
  }
  return look({ bigquery, target, since, waitMs, withoutKeys, readLedger })
}

interface Look extends LedgerOptions {
  readonly bigquery: Parameters<ReadLedger>[0]
  readonly target: Target
  readonly waitMs: number
  readonly readLedger: ReadLedger
}

/** Looks until the sum comes out, or the time is over. @returns the exit code */
async function look({ bigquery, target, waitMs, readLedger, ...options }: Look): Promise<number> {
  const { since } = options
  const deadline = Date.now() + waitMs
  let bytesRead = 0
  // each look costs what it reads
  let pauseMs = 1000
  for (;;) {
    const ledger = await readLedger(bigquery, target, options)
    bytesRead += ledger.bytesRead
    const isComplete = ledger.accounts.every(({ missing }) => missing === 0)
    if (isComplete || Date.now() >= deadline) {
      console.log(`${target.projectId}.${target.dataset} since ${since.toISOString()}\n`)
      show(ledger)
      console.log(`\nBigQuery read ${sizeOf(bytesRead)} for this`)
      return isComplete ? 0 : 1
    }
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 2, 10_000)
  }
}

try {
  process.exitCode = await reconcile()
} catch (error) {
  console.error(`reconcile: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}
