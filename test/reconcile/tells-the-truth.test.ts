import { BigQuery } from '@google-cloud/bigquery'
import fc from 'fast-check'
import { destination, sourceOf } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { readLedger } from '@tablestream/ledger'
import { cases } from '../long-tests.ts'
import { history, SINCE_MS, TYPES, type Sent } from './history.ts'
import { play } from './played.ts'
import { insert, letterRow, makeTables, publishedRow } from './tables.ts'

const PROJECT = 'p'

t.test('reconcile names what is lost, and nothing else', { timeout: 480_000 }, async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.comment(`SEED=${seed}`)
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  // each history has the requests of ten seconds for itself
  let runs = 0
  // on a slow machine some histories are left out; none is abandoned, as its requests would meet a closed cloud
  const lastBegins = Date.now() + 60_000
  const cloud = await startLocalCloud({ now: () => Date.now() + runs * 10_000 })
  t.teardown(() => cloud.close())
  const bigqueryUrl = `http://127.0.0.1:${cloud.bigqueryPort}`
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: bigqueryUrl })
  const dataset = 'dev_events_dataset'
  await makeTables(bigquery, dataset)
  const tables = ['published_messages', 'dead_letters', ...TYPES.map((type) => destination(type).table)]
  const tellsTheTruth = async (sent: readonly Sent[], deleted: readonly number[]): Promise<void> => {
    if (Date.now() > lastBegins) return
    runs++
    for (const table of tables) await bigquery.query(`DELETE FROM ${dataset}.${table} WHERE TRUE`)
    const { published, letters, rows, missing } = play(sent, new Set(deleted))
    await insert(bigquery, dataset, 'published_messages', published.map(publishedRow))
    await insert(bigquery, dataset, 'dead_letters', letters.map(letterRow))
    for (const [table, some] of rows) await insert(bigquery, dataset, table, some)
    const ledger = await readLedger(
      bigquery,
      { projectId: PROJECT, dataset, topic: '' },
      { since: new Date(SINCE_MS), most: 1000 },
    )

    const labels = new Map(
      published.map((message) => [
        message.messageId,
        JSON.stringify([message.data.toString(), sourceOf(message)]),
      ]),
    )
    const counted = (ends: readonly (readonly [messageId: string, messages: number])[]) => {
      const counts = new Map<string, number>()
      for (const [messageId, messages] of ends) {
        const label = labels.get(messageId)!
        counts.set(label, (counts.get(label) ?? 0) + messages)
      }
      return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
    }
    const told = counted(ledger.missing.map(({ messageId, messages }) => [messageId, messages]))
    const lost = counted(missing.map((messageId) => [messageId, 1]))
    if (JSON.stringify(told) !== JSON.stringify(lost))
      throw new Error(`told ${JSON.stringify(told)}, but lost are ${JSON.stringify(lost)}`)
    const sum = (of: (account: (typeof ledger.accounts)[number]) => number) =>
      ledger.accounts.reduce((total, account) => total + of(account), 0)
    const all = published.filter(({ millis }) => millis >= SINCE_MS).length
    const ends = sum(
      (each) => each.landed + each.duplicates + each.replaced + each.deadLettered + each.missing,
    )
    if (
      sum(({ messages }) => messages) !== all ||
      ends !== all ||
      sum((each) => each.missing) !== missing.length
    )
      throw new Error(`${all} messages, but ${JSON.stringify(ledger.accounts)}`)
  }
  await fc.assert(fc.asyncProperty(history, fc.array(fc.nat({ max: 20 }), { maxLength: 3 }), tellsTheTruth), {
    numRuns: cases(60),
    seed,
  })
})
