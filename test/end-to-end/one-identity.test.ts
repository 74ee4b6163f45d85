import { BigQuery } from '@google-cloud/bigquery'
import t, { type Test } from 'tap'
import { type Account, type Ledger, readLedger } from '@tablestream/ledger'
import { poll } from '../../scripts/poll.ts'
import { DATASET, PROJECT, settled, startPipeline, viewOf, type Pipeline } from './pipeline.ts'

// What happens to the same event, and to the same id: the table in services/stream-writer/README.md, row by row.
const EVENT_POLICIES = JSON.stringify({ upserted: { duplicates: 'upsert' }, kept: { collisions: 'keep' } })

interface Ends {
  readonly rows: number
  /** Rows of the view. */
  readonly shown?: number
  readonly account: Partial<Account>
}

const text = (type: string, id: string, more: object = {}): string =>
  JSON.stringify({ event_type: type, event_id: id, ...more })

async function ledgerOf({ cloud }: Pipeline): Promise<Ledger> {
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const topics = ['backend-events-topic-to-table', 'backend-events-dead-letter-to-table']
  await poll(
    () =>
      topics.every((name) => cloud.backlog()[`projects/${PROJECT}/subscriptions/${name}`] === 0) || undefined,
    { timeoutMs: 60_000, what: 'the record of what was published' },
  )
  return readLedger(
    bigquery,
    { projectId: PROJECT, dataset: DATASET, topic: 'backend-events-topic' },
    { since: new Date(0) },
  )
}

t.test('one event has one identity', { timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline({ env: { EVENT_POLICIES } })
  t.teardown(() => pipeline.close())
  const { clients, streamWriter } = pipeline
  const publish = async (data: string, attributes: Record<string, string> = {}) => {
    await clients.publish([data], attributes)
    await settled(pipeline)
  }
  const restart = async () => {
    await streamWriter.kill()
    streamWriter.start()
    await streamWriter.ready()
  }
  const told = async (t: Test, type: string, wanted: Ends, known?: Ledger) => {
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.${type}`), wanted.rows, 'rows')
    if (wanted.shown !== undefined) {
      const view = await viewOf(pipeline, type)
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${view}`), wanted.shown, 'rows of the view')
    }
    const ledger = known ?? (await ledgerOf(pipeline))
    const account = ledger.accounts.find(({ eventType }) => eventType === type)
    t.match(account, { ...NOTHING, ...wanted.account }, 'what reconcile says')
    return ledger
  }

  // before and after a restart, so that each needs one alone
  const first = ['again', 'forgotten', 'midnight', 'collides_later', 'upserted']
  for (const type of first) await publish(text(type, 'a', { n: 1 }))

  await t.test('the same event again: a duplicate', async (t) => {
    await publish(text('again', 'a', { n: 1 }))
    await told(t, 'again', { rows: 1, shown: 1, account: { messages: 2, landed: 1, duplicates: 1 } })
  })

  await t.test('the same id with other bytes: a dead letter that says so', async (t) => {
    await publish(text('collides', 'a', { n: 1 }))
    await publish(text('collides', 'a', { n: 2 }))
    const ledger = await told(t, 'collides', {
      rows: 1,
      shown: 1,
      account: { messages: 2, landed: 1, deadLettered: 1, collisions: 1 },
    })
    t.match(ledger.collisions, [{ eventType: 'collides', eventId: 'a', contents: 2 }])
    t.equal(ledger.collisions[0]!.messageIds.length, 2)
    const [letter] = await clients.query(
      `SELECT reason, path, value FROM ${DATASET}.dead_letter_reasons WHERE event_type = 'collides'`,
    )
    t.same(letter, { reason: 'event_id_collision', path: '/event_id', value: '"a"' })
  })

  await t.test('both on their way at once: the second one knows which is the first', async (t) => {
    await clients.publish([text('at_once', 'a', { n: 1 }), text('at_once', 'a', { n: 2 })])
    await settled(pipeline)
    await told(t, 'at_once', {
      rows: 1,
      account: { messages: 2, landed: 1, deadLettered: 1, collisions: 1 },
    })
    const [letter] = await clients.query(
      `SELECT message FROM ${DATASET}.dead_letter_reasons WHERE event_type = 'at_once'`,
    )
    t.match(letter, { message: /message \S+, published / })
  })

  await t.test('the policy `collisions: keep`: both land, and both are shown', async (t) => {
    await publish(text('kept', 'a', { n: 1 }))
    await publish(text('kept', 'a', { n: 2 }))
    await told(t, 'kept', { rows: 2, shown: 2, account: { messages: 2, landed: 2, collisions: 1 } })
  })

  await t.test('the same id of two callers, and of two sources: events of their own', async (t) => {
    const data = text('called', 'a', { n: 1 })
    await publish(data)
    await publish(data, { 'tablestream-caller': 'alice', 'ce-source': '/x' })
    await publish(data, { 'tablestream-caller': 'bob', 'ce-source': '/x' })
    await publish(data, { 'ce-source': '/shop/berlin' })
    await publish(data, { 'ce-source': '/shop/berlin' })
    await told(t, 'called', { rows: 4, shown: 4, account: { messages: 5, landed: 4, duplicates: 1 } })
    const sources = await clients.query(`SELECT _source FROM ${DATASET}.called ORDER BY _source`)
    t.same(
      sources.map(({ _source: source }) => source),
      ['', '/shop/berlin', 'alice /x', 'bob /x'],
    )
  })

  await t.test('the same id of types that look alike: events of their own', async (t) => {
    const types = [
      'pair.x',
      'pair_x',
      'PairX2',
      'pair_x2',
      'zzz',
      'ZZZ ',
      'dead_letters',
      '9',
      't_9',
      'INFORMATION_SCHEMA',
    ]
    await clients.publish(types.map((type) => text(type, 'same')))
    await settled(pipeline)
    const { accounts } = await ledgerOf(pipeline)
    for (const type of types) {
      const account = accounts.find(({ eventType }) => eventType === type)
      t.match(account, { messages: 1, landed: 1, duplicates: 0, missing: 0, extraRows: 0 }, type)
    }
  })

  await t.test('ids and types that JSON can write in several ways', async (t) => {
    const odd = ['1.0', '1e3', '1E2', '-0', '9007199254740993', '1.5', '{"a":1}', 'null', '""', '"\\u0061"']
    const events = odd.map((id) => `{"event_type":"odd_ids","event_id":${id}}`)
    await clients.publish([...events, '{"event_type":"odd_ids","event_id":"x","meta":{"event_id":"y"}}'])
    await settled(pipeline)
    await told(t, 'odd_ids', {
      rows: odd.length + 1,
      account: { messages: odd.length + 1, landed: odd.length + 1 },
    })
  })

  await t.test('keys that are written with escapes, which SQL may not read', async (t) => {
    await clients.publish([
      '{"event_\\u0074ype":"escaped_type","event_id":"a"}',
      '{"event_type":"escaped_id","event\\u005fid":"a"}',
      '{"event_type":"escaped_day","event_id":"a","event\\u005fdate":"2024-01-05"}',
      '{"event_type":"escaped_time","event_id":"a","time\\u0073tamp":"2024-01-05T00:00:00Z"}',
    ])
    await settled(pipeline)
    const ledger = await ledgerOf(pipeline)
    t.same(ledger.missing, [])
    for (const type of ['escaped_type', 'escaped_id', 'escaped_day', 'escaped_time'])
      await told(t, type, { rows: 1, account: { messages: 1, landed: 1 } }, ledger)
    // the same bytes without an id of their own are as many events
    await clients.publish(['{"event_type":"no\\u005fid"}', '{"event_type":"no\\u005fid"}'])
    await settled(pipeline)
    await told(t, 'no_id', { rows: 2, account: { messages: 2, landed: 2 } })
    await clients.query(
      `DELETE FROM ${DATASET}.no_id WHERE event_id = (SELECT MIN(event_id) FROM ${DATASET}.no_id)`,
    )
    await told(t, 'no_id', { rows: 1, account: { messages: 2, landed: 1, missing: 1 } })
  })

  await t.test('a type that holds NUL', async (t) => {
    await publish('{"event_type":"nul\\u0000","event_id":"t"}')
    const { accounts } = await ledgerOf(pipeline)
    t.match(
      accounts.find(({ eventType }) => eventType === 'nul\0'),
      { messages: 1, landed: 1, missing: 0 },
    )
  })

  await t.test('an id that many events have: the first ten are told, and how many there are', async (t) => {
    await clients.publish(Array.from({ length: 25 }, (_, n) => text('kept', 'constant', { n })))
    await settled(pipeline)
    const { collisions } = await ledgerOf(pipeline)
    const collision = collisions.find(({ eventId }) => eventId === 'constant')!
    t.match(collision, { eventType: 'kept', contents: 25, messages: 25 })
    t.equal(collision.messageIds.length, 10)
  })

  await t.test('after DELETE FROM it is missing, and lands when it is written again', async (t) => {
    const data = text('deleted', 'a')
    await publish(data)
    await clients.query(`DELETE FROM ${DATASET}.deleted WHERE TRUE`)
    await publish(data)
    const ledger = await told(t, 'deleted', { rows: 0, account: { messages: 2, missing: 2 } })
    t.match(
      ledger.missing.filter(({ eventType }) => eventType === 'deleted'),
      [{ eventId: 'a', messages: 2 }],
    )
    await publish(data, { 'write-again': 'true' })
    await told(t, 'deleted', { rows: 1, shown: 1, account: { messages: 3, landed: 1, duplicates: 2 } })
  })

  await restart()

  await t.test('the same event after a restart: two rows, shown once', async (t) => {
    await publish(text('forgotten', 'a', { n: 1 }))
    const account = { messages: 2, landed: 1, duplicates: 1, extraRows: 1 }
    await told(t, 'forgotten', { rows: 2, shown: 1, account })
  })

  await t.test('the same event on two days: one event', async (t) => {
    await publish(text('midnight', 'a', { n: 1 }), { 'ce-time': '2026-01-01T12:00:00Z' })
    const account = { messages: 2, landed: 1, duplicates: 1, extraRows: 1 }
    await told(t, 'midnight', { rows: 2, shown: 1, account })
    t.equal(await clients.count(`SELECT COUNT(DISTINCT event_date) FROM ${DATASET}.midnight`), 2)
  })

  await t.test(
    'the same id with other bytes, when the first is forgotten: both are shown, and named',
    async (t) => {
      await publish(text('collides_later', 'a', { n: 2 }))
      const account = { messages: 2, landed: 2, collisions: 1 }
      const ledger = await told(t, 'collides_later', { rows: 2, shown: 2, account })
      t.ok(ledger.collisions.some(({ eventType }) => eventType === 'collides_later'))
    },
  )

  await t.test('with upserts the later one replaces the first, remembered or not', async (t) => {
    await publish(text('upserted', 'a', { n: 2 }))
    await publish(text('upserted', 'a', { n: 3 }))
    await publish(text('upserted', 'a', { n: 3 }), { 'ce-source': '/other' })
    const account = { messages: 4, landed: 2, replaced: 2, collisions: 0 }
    const ledger = await told(t, 'upserted', { rows: 2, account })
    t.equal(await clients.count(`SELECT SUM(n) FROM ${DATASET}.upserted`), 6)
    t.notOk(ledger.collisions.some(({ eventType }) => eventType === 'upserted'))
  })

  await t.test(
    'a type whose table has the name that an older version gave it waits for who decides',
    async (t) => {
      const [former, table] = ['page_view_7e7106df', 'page_view_7e7106df99a51d3c5f94809a77adbc31']
      await clients.query(`CREATE TABLE ${DATASET}.${former} LIKE ${DATASET}.again`)
      await clients.publish([text('PageView', 'a', { n: 1 })])
      const lines = () => pipeline.logs().split('\n')
      const line = await poll(() => lines().find((each) => each.includes('no table for this event')), {
        timeoutMs: 60_000,
        what: 'what table-manager says of it',
      })
      t.match(JSON.parse(line), { table, former, reason: /upgrading\.md$/ })
      await clients.query(`CREATE TABLE ${DATASET}.${table} COPY ${DATASET}.${former}`)
      await settled(pipeline)
      for (const [name, rows] of [
        [table, 1],
        [former, 0],
      ] as const)
        t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.${name}`), rows, name)
    },
  )
})

const NOTHING = { duplicates: 0, replaced: 0, deadLettered: 0, missing: 0, extraRows: 0, collisions: 0 }
