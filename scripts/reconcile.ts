// `npm run reconcile`, `scripts/reconcile.sh`: does the sum come out? What Pub/Sub took, against what landed, what repeats
// an event that landed, and what is in the dead letters; and by name what is nowhere.
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, readArguments } from './arguments.ts'
import type { Ledger } from '@tablestream/ledger'
import { momentOf } from '@tablestream/table-schema'
import { localAnswers } from './target/local-answers.ts'
import { openProgress } from './progress.ts'
import { linesOf, linesOfLoads, sizeOf } from './events/show-ledger.ts'
import { readTarget } from './target/target.ts'

const USAGE = `usage: reconcile [SINCE] [--local] [--wait SECONDS] [--archive gs://BUCKET | --record]
Compares what Pub/Sub took since SINCE (RFC 3339, or a span like 90m, 24h, 7d; default 24h) with the tables and the dead
letters. It names the events that are nowhere, and the ids that different events have. Rows are on their way for a moment,
so it looks again until the sum comes out, for SECONDS (default 30). The last line is what BigQuery read and bills for all of it.
What loads brought in this time is shown below, from the table loads: their rows are no messages, and are in no column above.
--archive reads the hours since SINCE that are archived from there, and from the record, which keeps days, only the others, and what came
late. Hours that neither has are named, and then the exit code is 1. Of an archived hour the record's bytes are not read, but the keys
that the archiver made of them, where they are those of all that the record has. --record reads the record of every hour: seven times as
much, and by the rules of today.
Messages that cannot be compared are told apart: those of a table that somebody made with other types, and more than
BigQuery takes of those that are written so that only JavaScript reads them.
Exit code 0: every message has its end; 1: some have none, or cannot be compared; 2: it did not come so far.
PROJECT_ID, ENVIRONMENT and DATASET say which environment; --local is the one of npm start. CONTRACTS and TYPE_FIELD, as the services have
them, say which table a type has, and which field names it; EVENT_POLICIES in which tables events replace each other: without it, in those
with the primary key of that policy.
Examples: npm run reconcile -- 90m --wait 5
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/reconcile.sh 24h
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/reconcile.sh 30d --archive gs://my-project-dev-events-archive`

function sinceOf(text: string): Date {
  const time = momentOf(text, Date.now())
  if (time === undefined)
    throw new Error(`SINCE is a time like 2026-11-29T05:00:00Z or a span like 24h, but is "${text}"`)
  return new Date(time)
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
  const { parseContracts, parsePolicies, useContracts, useTypeField } = await import('@tablestream/contract')
  const { readJsonFiles, readJsonVariable, readSetting } = await import('@tablestream/service-kit')
  const { openBigQuery } = await import('./target/google-clients.ts')
  const { readLedger, readLoads } = await import('@tablestream/ledger')
  const { bucketName, withArchive } = await import('./events/archived-record.ts')
  const { shownHours } = await import('@tablestream/archiver')
  const { CONTRACTS: contracts = '', TYPE_FIELD: typeField } = process.env
  if (typeField) readSetting('TYPE_FIELD', () => useTypeField(typeField))
  useContracts(readSetting('CONTRACTS', () => parseContracts(readJsonFiles(contracts))))
  const given = readJsonVariable(process.env['EVENT_POLICIES'] ?? '')
  const policies = given === '' ? undefined : parsePolicies(given)
  const bigquery = openBigQuery(target)
  const { archive, record: withoutKeys } = values
  if (archive !== undefined) bucketName(archive)
  if (values.local) await localAnswers()
  const read = (published?: string) =>
    readLedger(bigquery, target, {
      since,
      policies,
      ...(published === undefined ? { withoutKeys } : { published }),
    })
  // hours that nobody can look at any more
  let unread: readonly string[] = []
  const { ledger, bytesRead, bytesBilled } = await look(waitMs, async () => {
    if (archive === undefined) return read()
    const { done, missing } = await withArchive(target, archive, since, read)
    unread = missing
    return done
  })
  console.log(`${target.projectId}.${target.dataset} since ${since.toISOString()}\n`)
  for (const line of linesOf(ledger)) console.log(line)
  for (const line of linesOfLoads(await readLoads(bigquery, target, since))) console.log(line)
  if (unread.length > 0)
    console.log(
      `\nneither ${archive} nor the record has ${shownHours(unread)}: nobody can say what became of what was published then`,
    )
  console.log(`\nBigQuery read ${sizeOf(bytesRead)} for this, and bills ${sizeOf(bytesBilled)}`)
  return isComplete(ledger) && ledger.uncompared.length === 0 && unread.length === 0 ? 0 : 1
}

const isComplete = ({ accounts }: Ledger): boolean => accounts.every(({ missing }) => missing === 0)

/** Looks until nothing is missing, or the time is over: what cannot be compared does not come by waiting. */
async function look(
  waitMs: number,
  read: () => Promise<Ledger>,
): Promise<{ readonly ledger: Ledger; readonly bytesRead: number; readonly bytesBilled: number }> {
  const deadline = Date.now() + waitMs
  let bytesRead = 0
  let bytesBilled = 0
  // each look costs what it reads
  let pauseMs = 1000
  const progress = openProgress('comparing what was published with what landed')
  try {
    for (;;) {
      const ledger = await read()
      bytesRead += ledger.bytesRead
      bytesBilled += ledger.bytesBilled
      if (isComplete(ledger) || Date.now() >= deadline) return { ledger, bytesRead, bytesBilled }
      const missing = ledger.accounts.reduce((sum, each) => sum + each.missing, 0)
      progress.at(`${missing.toLocaleString('en-US')} messages have no end yet; looking again`)
      await sleep(pauseMs)
      pauseMs = Math.min(pauseMs * 2, 10_000)
    }
  } finally {
    progress.done()
  }
}

try {
  process.exitCode = await reconcile()
} catch (error) {
  fail('reconcile', error)
}
