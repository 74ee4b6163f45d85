import { setTimeout as sleep } from 'node:timers/promises'
import { BigQuery } from '@google-cloud/bigquery'
import { parsePolicies } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { createLogger } from '@tablestream/service-kit'
import { buildApp, createTables } from '@tablestream/table-manager'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { delivery } from './delivery.ts'

/** How much faster than ours the clock of table-manager and local-cloud goes, so that their pauses cost little. */
const FASTER = 10
const always = { every: 1 } as const

t.test('what BigQuery does on a bad day', { timeout: 480_000 }, async (t) => {
  const began = Date.now()
  const now = () => began + (Date.now() - began) * FASTER
  const cloud = await startLocalCloud({ now })
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  await bigquery.createDataset('d')
  const start = (timeoutMs = 20_000) =>
    buildApp({
      logger: createLogger({ service: 'table-manager', level: 'silent' }),
      tables: createTables('p', 'd', { timeoutMs }),
      policies: parsePolicies(''),
      cacheMs: 15_000,
      now,
      pause: (ms) => sleep(ms / FASTER),
    })
  const [one, two, hasty] = await Promise.all([start(), start(), start(500)])
  t.teardown(() => Promise.all([one, two, hasty].map((app) => app.close())))
  const columnsOf = async (table: string): Promise<Record<string, string>> => {
    const [{ schema }] = (await bigquery.dataset('d').table(table).getMetadata()) as unknown as [
      { schema: { fields: { name: string; type: string }[] } },
    ]
    return Object.fromEntries(schema.fields.map(({ name, type }) => [name, type]))
  }

  /** What is refused is given back: Pub/Sub delivers it again, until it is told that nothing more can be done. */
  const comesAgain = (event: object) =>
    poll(async () => ((await one.inject(delivery(event))).statusCode === 204 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'the end of an event that was refused',
    })

  await t.test('tables.get lags behind, for a table just made too: all columns and types come', async (t) => {
    cloud.faults.set({ rules: [{ on: 'bigquery.metadata', do: 'delay', ms: 8000, ...always }] })
    const answers = await Promise.all(
      [one, two, one, two, one, two].map((app, index) =>
        app.inject(delivery({ event_type: 'lag', [`f${index}`]: 1, shared: index < 3 ? 1 : 0.5 })),
      ),
    )
    t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([204]))
    cloud.faults.clear()
    await sleep(8000 / FASTER)
    const columns = await columnsOf('lag')
    for (let index = 0; index < 6; index++) t.equal(columns[`f${index}`], 'INTEGER')
    t.match(columns['shared'], /NUMERIC|FLOAT/)
  })

  await t.test('a column that is refused for good spoils nobody else', async (t) => {
    cloud.faults.set({ rules: [{ on: 'bigquery.column', do: 'refuse', column: '^bad', ...always }] })
    const events = [{ a: 1 }, { bad_b: 1 }, { c: 1 }, { d: 1 }, { e: 1 }]
    const answers = await Promise.all(
      events.map((event) => one.inject(delivery({ event_type: 'spoilt', ...event }))),
    )
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [204, 503, 204, 204, 204],
    )
    await comesAgain({ event_type: 'spoilt', ...events[1] })
    t.match(await columnsOf('spoilt'), { a: 'INTEGER', c: 'INTEGER', d: 'INTEGER', e: 'INTEGER' })
    cloud.faults.clear()
  })

  await t.test('a type that is refused for good keeps no other column away', async (t) => {
    await one.inject(delivery({ event_type: 'stays', narrow: 1 }))
    cloud.faults.set({ rules: [{ on: 'bigquery.column', do: 'refuse', column: '^narrow$', ...always }] })
    const answers = await Promise.all(
      [{ narrow: 0.5, mine: 1 }, { other: 1 }].map((event) =>
        one.inject(delivery({ event_type: 'stays', ...event })),
      ),
    )
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [503, 204],
    )
    await comesAgain({ event_type: 'stays', narrow: 0.5, mine: 1 })
    t.match(await columnsOf('stays'), { narrow: 'INTEGER', mine: 'INTEGER', other: 'INTEGER' })
    cloud.faults.clear()
  })

  await t.test('a grant that is under way: the event comes again, until it is there', async (t) => {
    const status = 'PERMISSION_DENIED' as const
    const refuse = { do: 'error', status, ...always } as const
    cloud.faults.set({
      rules: [
        { on: 'bigquery.insert_table', ...refuse },
        { on: 'bigquery.query', ...refuse },
      ],
    })
    const event = delivery({ event_type: 'granted', a: 1 })
    t.equal((await one.inject(event)).statusCode, 503)
    cloud.faults.clear()
    t.equal((await one.inject(event)).statusCode, 204)
    t.match(await columnsOf('granted'), { a: 'INTEGER' })
  })

  await t.test('a call that is never answered holds its table only so long', async (t) => {
    cloud.faults.set({ rules: [{ on: 'bigquery.insert_table', do: 'stall', at: [1] }] })
    t.equal((await hasty.inject(delivery({ event_type: 'stalled', a: 1 }))).statusCode, 204)
    t.match(await columnsOf('stalled'), { a: 'INTEGER' })
    cloud.faults.clear()
  })
})
