import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadSources, openLoader, readConfig, type LoadParts } from '@tablestream/batch-loader'
import t from 'tap'
import { accountsOf, makeLoadBucket, usePipeline } from './loader.ts'
import { DATASET, PROJECT, startPipeline } from './pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'tablestream-beside-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const linesOf = (events: readonly object[]) => events.map((event) => JSON.stringify(event)).join('\n')

async function outcomesOf(path: string, parts: LoadParts): Promise<string[]> {
  const reports = await Array.fromAsync(loadSources([path], parts))
  return reports.map(({ outcome }) => outcome)
}

t.test('loads have the stream and one another beside them', async (t) => {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const loader = openLoader(readConfig({ PROJECT_ID: PROJECT, LOAD_STREAM_BYTES: '0' }))
  t.teardown(() => loader.close())
  const { parts } = loader
  const { warehouse } = parts
  const { clients } = pipeline
  /** @param before what happens just before rows land */
  const landingAfter = (before: () => Promise<unknown>): LoadParts => ({
    ...parts,
    warehouse: {
      ...warehouse,
      async runOnce(name, job) {
        if (name.includes('_land_')) await before()
        return warehouse.runOnce(name, job)
      },
    },
  })

  await t.test('a RECORD that grows while a file is loaded takes its rows all the same', async (t) => {
    const first = { event_type: 'visit', event_id: 'v0', user: { id: 1 }, items: [{ sku: 'a' }] }
    await accountsOf(fileOf('first.ndjson', linesOf([first])), parts)
    const planning = { contract: [], columnLimit: 10_000, columns: 'evolve' } as const
    const grow = (n: number) =>
      parts.tables.ensure(
        'visit',
        [{ event_type: 'visit', user: { [`more_${n}`]: true }, items: [{ [`n_${n}`]: n }] }],
        planning,
      )
    const events = [
      { ...first, event_id: 'v1', user: { id: 2 }, items: [{ sku: 'x' }, { sku: 'y' }] },
      { event_type: 'visit', event_id: 'v2' },
    ]
    let grown = 0
    // between the look at the table and the statement, too
    const racing = landingAfter(async () => {
      if (grown < 2) await grow(grown++)
    })
    t.match(await accountsOf(fileOf('second.ndjson', linesOf(events)), racing), [{ records: 2, landed: 2 }])
    const rows = await clients.query(
      `SELECT event_id, user.id AS id, user.more_1 AS more, (SELECT STRING_AGG(sku ORDER BY place) FROM UNNEST(items) WITH OFFSET AS place) AS skus,
         user IS NULL AS is_null FROM ${DATASET}.visit WHERE event_id IN ('v1', 'v2') ORDER BY 1`,
    )
    t.same(rows, [
      { event_id: 'v1', id: 2, more: null, skus: 'x,y', is_null: false },
      { event_id: 'v2', id: null, more: null, skus: null, is_null: true },
    ])
  })

  await t.test('an event may have keys that the loader’s own columns are called by', async (t) => {
    const keys = { _load_place: 'here', _LOAD_MATCH: 1, _load_number: 2, _load2_of_id: 3 }
    const event = { event_type: 'odd', event_id: 'o1', ...keys }
    t.match(await accountsOf(fileOf('odd.ndjson', linesOf([event, event])), parts), [
      { landed: 1, duplicates: 1 },
    ])
    t.same(
      await clients.query(`SELECT _load_place, _load_match, _load_number, _load2_of_id FROM ${DATASET}.odd`),
      [{ _load_place: 'here', _load_match: 1, _load_number: 2, _load2_of_id: 3 }],
    )
  })

  await t.test('two loads of equal events at one time land each event once', async (t) => {
    const events = Array.from({ length: 20 }, (_, number) => ({
      event_type: 'twice',
      event_id: `e${number}`,
      n: number,
    }))
    await accountsOf(
      fileOf('table.ndjson', linesOf([{ event_type: 'twice', event_id: 'first', n: 0 }])),
      parts,
    )
    const paths = ['one.ndjson', 'two.ndjson', 'three.ndjson'].map((name) => fileOf(name, linesOf(events)))
    const all = (await Promise.all(paths.map((path) => accountsOf(path, parts)))).flat()
    const sums = all.map(({ landed, duplicates }) => [landed, duplicates]).toSorted((a, b) => b[0]! - a[0]!)
    t.same(sums, [
      [20, 0],
      [0, 20],
      [0, 20],
    ])
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.twice`), 21)
  })

  await t.test('a row of CSV that names its type has the columns of its contract', async (t) => {
    const csv = 'event_type,event_id,customer_id,name,country,signed_up_at,updated_at\n'
    const row = 'customer,1,17,Ada,DE,2026-03-04T05:06:07Z,2026-03-04T05:06:07Z\n'
    const accounts = await accountsOf(fileOf('customers.csv', csv + row), parts)
    t.match(accounts, [{ eventType: 'customer', landed: 1, deadLetters: 0 }], JSON.stringify(accounts))
    t.same(await clients.query(`SELECT customer_id FROM ${DATASET}.customers`), [{ customer_id: '17' }])
  })

  await t.test(
    'of several tasks one loads a file that cannot be shared out, and the others wait for nobody',
    async (t) => {
      const all = [0, 1, 2].map((task) => ({ ...parts, task, tasks: 3, waitMs: 1 }))
      for (let number = 0; number < 3; number++) {
        const event = { event_type: 'packed', event_id: `p${number}` }
        const path = fileOf(`packed-${number}.json.gz`, gzipSync(linesOf([event, event])))
        const outcomes = await Promise.all(all.map((each) => outcomesOf(path, each)))
        t.same(outcomes.flat().toSorted(), ['left to others', 'left to others', 'loaded'])
      }
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.packed`), 3)
    },
  )

  await t.test(
    'events that take each other’s place are refused, with what to do, before anything has landed',
    async (t) => {
      const policyText = '{"payment":{"duplicates":"upsert"}}'
      const strict = openLoader(readConfig({ ...pipeline.cloud.environment, PROJECT_ID: PROJECT }), {
        policyText,
      })
      t.teardown(() => strict.close())
      const path = fileOf(
        'payments.ndjson',
        linesOf([
          { event_type: 'payment', event_id: 'p1' },
          { event_type: 'plain', event_id: 'p2' },
        ]),
      )
      await t.rejects(accountsOf(path, strict.parts), {
        rule: 'table_upserts',
        message:
          /events of type payment take each other's place .*Publish them: event-gateway .*POST \/events\/payment/,
      })
      const tables = `SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE table_name IN ('payment', 'plain')`
      t.equal(await clients.count(tables), 0, 'of other types, too')
    },
  )
})
