import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { rewoundTable } from '../../scripts/events/rewound-table.ts'
import { poll } from '../../scripts/poll.ts'
import { chaosEvents } from '../chaos/events.ts'
import { loadHere, makeLoadBucket, rewindHere as rewind, runCommand, usePipeline } from './loader.ts'
import { DATASET, PROJECT, settled, startPipeline } from './pipeline.ts'
import { hashOf as tableHash } from './table-hash.ts'

// as the README of batch-loader shows them
const REWIND = 'npm run rewind -- orders --since 24h'
const APPLY = 'npm run rewind -- orders --since 24h --apply'
const NEW_COLUMNS = 'npm run rewind -- reading --since 24h --new-columns'
const argumentsOf = (command: string) => command.split(' -- ')[1]!.split(' ')

const OF_A_FILE = {
  event_type: 'order',
  event_id: 'of-a-file',
  order_id: 'o1',
  customer_id: 'c1',
  order_date: '2026-03-04T05:06:07Z',
  status: 'pending',
  total_amount: 12.5,
  items: [{ product_id: 'p1', product_name: 'a thing', quantity: 1, price: 12.5 }],
}

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const EVENTS = Number(process.env['EVENTS'] ?? 300)

t.test(`a table is built anew of what was published: SEED=${seed}`, async (t) => {
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const { clients, cloud, streamWriter } = pipeline
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-rewind-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const count = (from: string) => clients.count(`SELECT COUNT(*) FROM ${DATASET}.${from}`)

  const { texts } = chaosEvents(seed, EVENTS)
  await clients.publish(texts.slice(0, EVENTS / 2))
  await settled(pipeline)
  await clients.publish(texts.slice(EVENTS / 2))
  // repeats, and ids that have other bytes
  await clients.publish(texts.slice(0, 20))
  await clients.publish(texts.slice(20, 30).map((text) => `${text} `))
  await clients.publish(['{"event_type":"reading","event_id":"r1","day":"2026-03-04"}'])
  await settled(pipeline)
  await clients.publish(['{"event_type":"reading","event_id":"r2","day":"soon"}'])
  await settled(pipeline)
  const published = clients.published()
  await poll(async () => (await count('published_messages')) === published || undefined, {
    timeoutMs: 60_000,
    what: 'the record',
  })
  // an order that nobody published
  const file = join(folder, 'orders.ndjson')
  writeFileSync(file, JSON.stringify(OF_A_FILE))
  t.equal((await loadHere([file])).code, 0)

  const hashOf = (table: string) => tableHash(clients, table)

  // two at once: one after the other
  const both = await Promise.all([1, 2].map(() => rewind(['telemetry', '--since', '24h'])))
  t.same(
    both.map(({ code }) => code),
    [0, 0],
    JSON.stringify(both),
  )
  const shown = both[1]!.output
  t.same(await hashOf('telemetry_rewound'), await hashOf('telemetry'), shown)
  t.match(shown, 'telemetry_rewound is telemetry: ')

  await t.test('rows that nobody published in this time are as they were', async (t) => {
    await clients.query(
      `ALTER TABLE ${DATASET}.orders SET OPTIONS (description = 'of the shop', labels = [('team', 'shop')], partition_expiration_days = 4000)`,
    )
    const tables = new BigQuery({ projectId: PROJECT }).dataset(DATASET)
    const bindings = [{ role: 'roles/bigquery.dataViewer', members: ['user:ann@example.com'] }]
    await tables.table('orders').setIamPolicy({ bindings })
    const { code, output } = await rewind(argumentsOf(REWIND))
    t.equal(code, 0, output)
    t.match(output, '\n1 rows that are not of this time are as they were')
    t.match(await tables.table('orders_rewound').getIamPolicy(), [{ bindings }])
    t.same(await hashOf('orders_rewound'), await hashOf('orders'), output)
    t.equal(await count(`orders_rewound WHERE event_id = 'of-a-file'`), 1)
    const [made] = (await tables.table('orders_rewound').getMetadata()) as unknown as [object]
    t.match(made, {
      description: 'of the shop',
      labels: { team: 'shop', made_by: 'rewind' },
      timePartitioning: { field: 'event_date', expirationMs: String(4000 * 86_400_000) },
    })
    const none = await rewind(['orders', '--since', '30d', '--until', '20d'])
    t.equal(none.code, 0, none.output)
    t.match(output, /\nthe first message of this time that the record has is of 20\S+Z\n/)
    t.match(none.output, '\nthe record has no message of this time')
    t.same(await hashOf('orders_rewound'), await hashOf('orders'), none.output)
  })

  await t.test('it shows what other rules make of it, and changes nothing', async (t) => {
    const before = await hashOf('reading')
    const stricter = await rewind([
      'reading',
      '--since',
      '24h',
      '--policy',
      '{"reading":{"types":"dead_letter"}}',
    ])
    t.equal(stricter.code, 0, stricter.output)
    t.match(stricter.output, /reading_rewound +2 +1 +0 +1/)
    t.match(stricter.output, '1 events have no row any more, 0 have one now')
    t.equal(await count('reading_rewound'), 1, 'the row of the event that is dead now is not carried over')
    const wider = await rewind(argumentsOf(NEW_COLUMNS))
    t.equal(wider.code, 0, wider.output)
    t.match(wider.output, '~ day DATE becomes STRING')
    t.match(wider.output, 'day: 1 events have another value')
    t.match(wider.output, 'r2: null becomes "soon"')
    t.same(await hashOf('reading'), before)
    t.equal(
      await count(`dead_letters WHERE JSON_VALUE(attributes, '$."dead-letter-event-type"') = 'reading'`),
      0,
    )
  })

  await t.test('rows that are carried over keep their values, or nothing is built', async (t) => {
    const readings = join(folder, 'readings.ndjson')
    writeFileSync(readings, '{"event_type":"reading","event_id":"of-a-file","day":"2026-03-04"}')
    t.equal((await loadHere([readings])).code, 0)
    const wider = await rewind(argumentsOf(NEW_COLUMNS))
    t.equal(wider.code, 0, wider.output)
    t.equal(await count(`reading_rewound WHERE event_id = 'of-a-file' AND day = '2026-03-04'`), 1)
    writeFileSync(readings, '{"event_type":"reading","event_id":"of-another","coupon":"x"}')
    t.equal((await loadHere([readings])).code, 0)
    const { code, output } = await rewind(argumentsOf(NEW_COLUMNS))
    t.equal(code, 1, output)
    t.match(output, /carried_do_not_fit.*they would lose or change values of coupon/)
  })

  await t.test(
    'a table that is written to is not swapped; hours later it is, and the writer goes on',
    async (t) => {
      const before = await hashOf('orders')
      const letters = await count('dead_letters')
      const refused = await rewind(argumentsOf(APPLY))
      t.equal(refused.code, 1, refused.output)
      t.match(refused.output, 'renames no table into which rows were streamed')
      t.same(await hashOf('orders'), before)
      await streamWriter.stop()
      await clients.publish([JSON.stringify({ ...OF_A_FILE, event_id: 'waited' })])
      await cloud.clock.advance(5 * 3_600_000)
      // a load meanwhile waits: its row is in the table that has the name in the end
      const other = join(folder, 'others.ndjson')
      writeFileSync(other, JSON.stringify({ ...OF_A_FILE, event_id: 'of-a-load' }))
      await clients.query(`DROP TABLE ${DATASET}.orders_rewound`)
      const applying = runCommand('rewind', pipeline, argumentsOf(APPLY))
      const carried = poll(async () => (await count('orders_rewound').catch(() => 0)) > 0 || undefined, {
        timeoutMs: 60_000,
        what: 'rows that are carried over',
      })
      await Promise.race([carried, applying])
      t.equal((await loadHere([other])).code, 0)
      const { code, output } = await applying
      t.equal(code, 0, output)
      t.equal(await count(`orders WHERE event_id = 'of-a-load'`), 1, output)
      await clients.query(`DELETE FROM ${DATASET}.orders WHERE event_id = 'of-a-load'`)
      const [, kept] = /what it was is (orders_before_rewind_\w+)/.exec(output) ?? []
      t.same(await hashOf('orders'), before)
      t.same(await hashOf(kept!), before)
      const [, told] = /(\d+) dead letters were published/.exec(output) ?? []
      const all = letters + Number(told)
      await poll(async () => (await count('dead_letters')) === all || undefined, {
        timeoutMs: 60_000,
        what: 'letters',
      })
      streamWriter.start()
      await streamWriter.ready()
      await settled(pipeline)
      t.equal(await count(`orders WHERE event_id = 'waited'`), 1)
      const reconciled = await runCommand('reconcile', pipeline, ['24h'])
      t.equal(reconciled.code, 0, reconciled.output)
      const stricter = ['--policy', '{"reading":{"types":"dead_letter"}}', '--apply']
      const untold = await runCommand('rewind', pipeline, ['reading', '--since', '24h', ...stricter], {
        env: { DEAD_LETTER_TOPIC: 'not-there' },
      })
      t.equal(untold.code, 1, untold.output)
      t.match(untold.output, /\nreading is the rewound table; what it was is reading_before_rewind_\w+\n/)
      t.match(untold.output, 'Its dead letters are not all published: npm run load -- published:')
      t.match(untold.output, '--type reading, with the same --policy, publishes them')
    },
  )

  await t.test('one that was ended when it had just made its table is begun anew', async (t) => {
    const ended = await rewind(['click', '--since', '24h'], (options) => {
      const table = rewoundTable(PROJECT, DATASET, options)
      return {
        ...table,
        make: async (columns) => {
          await table.make(columns)
          throw new Error('killed')
        },
      }
    })
    t.match(ended, { code: 1, output: 'rewind stopped (failed): killed' })
    t.equal(await count('click_rewound'), 0)
    const again = await rewind(['click', '--since', '24h'])
    t.equal(again.code, 0, again.output)
    t.same(await hashOf('click_rewound'), await hashOf('click'))
  })

  await t.test('what cannot be rewound is refused by name', async (t) => {
    const { code, output } = await rewind(['nothing', '--since', '24h'])
    t.equal(code, 1)
    t.match(output, 'nothing_to_rewind): there is no table nothing')
    const view = await rewind(['reading_deduplicated', '--since', '24h'])
    t.match(
      view.output,
      /there is no table reading_dedupl\w+, .*; and reading_deduplicated is the table of no event type/,
    )
    await t.rejects(rewind(['orders', '--since', '1h', '--until', '2h']), {
      message: '--since 1h is not earlier than --until 2h',
    })
    await clients.query(`CREATE OR REPLACE TABLE ${DATASET}.reading_rewound (x INT64)`)
    const foreign = await rewind(['reading', '--since', '24h'])
    t.equal(foreign.code, 1, foreign.output)
    t.match(foreign.output, 'not_ours): there is a table reading_rewound that no rewind made')
    t.equal(await count('reading_rewound'), 0)
  })
})
