import { BigQuery } from '@google-cloud/bigquery'
import { destination } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { takeFingerprint } from '@tablestream/stream-writer'
import t from 'tap'
import { readLedger } from '@tablestream/ledger'
import { poll } from '../../scripts/poll.ts'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { openClients } from './clients.ts'
import { createDevResources } from './dev-resources.ts'
import { DATASET, PROJECT } from './pipeline.ts'

/** More tables than one query can name at BigQuery, and more text of types than one query can be. */
const TABLES = 1_010
const LONG_TYPES = 1_100
const DAY = '2026-01-02'

t.test(
  'the sum comes out over more event types than one query can name',
  { skip: skipped(onlyLong), timeout: 480_000 },
  async (t) => {
    // BigQuery takes 100 requests a second: there is time between them
    let ahead = 0
    const cloud = await startLocalCloud({ now: () => Date.now() + ahead })
    const bigqueryUrl = `http://127.0.0.1:${cloud.bigqueryPort}`
    const pubsubHost = `127.0.0.1:${cloud.pubsubPort}`
    const clients = openClients({ projectId: PROJECT, pubsubHost, cloud })
    t.teardown(async () => {
      await clients.close()
      await cloud.close()
    })
    await createDevResources(cloud)
    const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: bigqueryUrl })
    const types = Array.from({ length: TABLES }, (_, n) => `many_${n}`)
    for (const type of types) {
      ahead += 50
      await clients.query(
        `CREATE TABLE ${DATASET}.${destination(type).table} (event_id STRING, event_date DATE, _source STRING, _fingerprint INT64)
       PARTITION BY event_date`,
      )
    }
    const long = Array.from({ length: LONG_TYPES }, (_, n) => `long_${n}_${'x'.repeat(1000)}`)
    const bodyOf = (type: string) => JSON.stringify({ event_type: type, event_id: 'same', event_date: DAY })
    await clients.publish([...types, ...long].map(bodyOf))
    for (const type of types.slice(1)) {
      const fingerprint = { low: 0, high: 0 }
      takeFingerprint(Buffer.from(bodyOf(type)), fingerprint)
      const { low, high } = fingerprint
      const row = {
        event_id: 'same',
        event_date: DAY,
        _source: '',
        _fingerprint: String((BigInt(high) << 32n) | BigInt(low >>> 0)),
      }
      await bigquery.dataset(DATASET).table(destination(type).table).insert([row])
    }
    const messages = TABLES + LONG_TYPES
    await poll(
      async () =>
        (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.published_messages`)) === messages || undefined,
      { timeoutMs: 60_000, what: 'the record of what was published' },
    )
    const target = { projectId: PROJECT, dataset: DATASET, topic: 'backend-events-topic' }
    const { accounts, missing } = await readLedger(bigquery, target, { since: new Date(0), most: 2000 })
    const sum = (of: (account: (typeof accounts)[number]) => number) =>
      accounts.reduce((total, account) => total + of(account), 0)
    t.equal(accounts.length, messages)
    t.equal(
      sum((account) => account.messages),
      messages,
    )
    t.equal(
      sum((account) => account.landed),
      TABLES - 1,
    )
    t.equal(
      sum((account) => account.missing),
      LONG_TYPES + 1,
    )
    t.equal(missing.length, LONG_TYPES + 1)
    t.ok(missing.some(({ eventType }) => eventType === types[0]))
  },
)
