import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import fc from 'fast-check'
import { decodeMessage, destination } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { takeFingerprint } from '@tablestream/stream-writer'
import t from 'tap'
import { readLedger } from '@tablestream/ledger'
import { poll } from '../../scripts/poll.ts'
import { openClients } from './clients.ts'
import { createDevResources } from './dev-resources.ts'
import { DATASET, PROJECT } from './pipeline.ts'

const MESSAGES = 400

/** JSON texts of ids: every way to write them, and what is none. */
const id = fc.oneof(
  fc.constantFrom('1.0', '1e3', '1E2', '-0', '0', '1.5', '1e400', 'null', '""', '{"a":1}', '[1]', 'true'),
  fc.constantFrom('9007199254740991', '9007199254740993', '12345678901234567890123', '-5', '1e16'),
  fc.nat(20).map(String),
  fc.nat(20).map((n) => JSON.stringify(`${n}`)),
  fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0031"', '"a b"', '"1.0"'),
)
const time = fc.constantFrom(
  '"2026-01-01T23:30:00-02:00"',
  '"2026-02-02T00:00:00Z"',
  '"1999-01-01"',
  '"2020-05-05"',
  '5',
)
const fields = fc.record(
  { event_id: id, event_date: time, timestamp: time, occurred_at: time, n: fc.nat(3).map(String) },
  { requiredKeys: [] },
)
const body = fc
  .tuple(fc.constantFrom('ledger_a', 'ledger.b', 'LedgerC'), fields, fc.option(id, { freq: 10 }))
  .map(([type, own, second]) => {
    const pairs = Object.entries({ event_type: JSON.stringify(type), ...own }).map(([k, v]) => `"${k}":${v}`)
    // a key that comes twice is a dead letter
    if (second !== null && own.event_id === undefined) pairs.push(`"event_id":${second}`)
    return `{${pairs.join(',')}}`
  })
const attributes = fc.dictionary(
  fc.constantFrom('ce-id', 'ce-source', 'tablestream-caller', 'ce-time'),
  fc.constantFrom('', '1', 'web', '/shop', '2025-12-31T23:00:00Z'),
)

t.test('SQL finds the row of every message that JavaScript makes one of', { timeout: 480_000 }, async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.comment(`SEED=${seed}`)
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-'))
  const cloud = await startLocalCloud({ dataFolder: folder })
  const bigqueryUrl = `http://127.0.0.1:${cloud.bigqueryPort}`
  const pubsubHost = `127.0.0.1:${cloud.pubsubPort}`
  const clients = openClients({ projectId: PROJECT, pubsubHost, cloud })
  t.teardown(async () => {
    await clients.close()
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await createDevResources(cloud)
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: bigqueryUrl })
  for (const type of ['ledger_a', 'ledger.b', 'LedgerC']) {
    await bigquery.dataset(DATASET).createTable(destination(type).table, {
      schema: 'event_id:STRING,event_date:DATE,_source:STRING,_fingerprint:INTEGER',
      timePartitioning: { type: 'DAY', field: 'event_date' },
    })
  }

  const wanted = fc.sample(fc.tuple(body, attributes), { numRuns: MESSAGES, seed })
  const ids = await Promise.all(wanted.map(([text, own]) => clients.publish([text], own)))
  await poll(
    async () =>
      (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.published_messages`)) === MESSAGES || undefined,
    { timeoutMs: 60_000, what: 'the record of what was published' },
  )
  const target = { projectId: PROJECT, dataset: DATASET, topic: 'backend-events-topic' }
  const ledger = () => readLedger(bigquery, target, { since: new Date(0), most: MESSAGES })
  const nothing = await ledger()
  t.equal(
    nothing.missing.reduce((sum, { messages }) => sum + messages, 0),
    MESSAGES,
    'without rows all are missing',
  )

  const seen = new Set<string>()
  const rows = new Map<string, object[]>()
  for (const [index, [text, own]] of wanted.entries()) {
    const data = Buffer.from(text)
    const decoded = decodeMessage({
      data,
      attributes: own,
      messageId: ids[index]![0]!,
      publishTime: new Date().toISOString(),
    })
    if (decoded.outcome !== 'event') throw new Error(`no event: ${text}`)
    const fingerprint = { low: 0, high: 0 }
    takeFingerprint(data, fingerprint)
    const { table } = destination(decoded.eventType)
    const row = {
      event_id: decoded.eventId,
      event_date: decoded.eventDate,
      _source: decoded.source,
      _fingerprint: String((BigInt(fingerprint.high) << 32n) | BigInt(fingerprint.low >>> 0)),
    }
    const key = JSON.stringify([table, row.event_id, row._source, row._fingerprint])
    if (seen.has(key)) continue
    seen.add(key)
    rows.set(table, [...(rows.get(table) ?? []), row])
  }
  for (const [table, some] of rows) await bigquery.dataset(DATASET).table(table).insert(some)
  const { accounts, missing } = await ledger()
  t.same(
    missing.map(({ messageId }) => wanted[ids.findIndex(([each]) => each === messageId)]),
    [],
    `SEED=${seed}`,
  )
  const sum = (of: (account: (typeof accounts)[number]) => number) =>
    accounts.reduce((total, account) => total + of(account), 0)
  t.equal(
    sum(({ messages }) => messages),
    MESSAGES,
  )
  t.equal(
    sum(({ landed }) => landed),
    seen.size,
  )
  t.equal(
    sum(({ landed, duplicates }) => landed + duplicates),
    MESSAGES,
  )
  t.equal(
    sum(({ extraRows }) => extraRows),
    0,
  )
})
