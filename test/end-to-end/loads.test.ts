import { mkdtempSync, rmSync, writeFileSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadHere, makeLoadBucket, runCommand, runLoad, usePipeline } from './loader.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'tablestream-loads-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const view = (number: number, more: object = {}) => ({
  event_type: 'page_view',
  event_id: `v${number}`,
  timestamp: '2026-03-04T05:06:07.123456Z',
  url: `/page/${number}`,
  ms: number + 0.5,
  ...more,
})
const lines = (events: readonly unknown[]) => events.map((event) => JSON.stringify(event)).join('\n')

// as the README of batch-loader shows them
const DRY_RUN = 'npm run load -- orders.ndjson --dry-run'
const AT_MOST = 'npm run load -- orders.ndjson --type order --max-bad 0.01'
const LEDGER =
  "npm run query -- 'SELECT source, event_type, records, landed, duplicates, dead_letters FROM dev_events_dataset.loads'"

/** The arguments of a command for another file. */
function argumentsOf(command: string, path: string): string[] {
  const words = command.split(' -- ')[1]!.split(' ')
  return words.map((word) => (word === 'orders.ndjson' ? path : word))
}

t.test('files of events are loaded by the rules of the stream, each record once', async (t) => {
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const { clients } = pipeline
  const count = (where: string) => clients.count(`SELECT COUNT(*) FROM ${DATASET}.page_view WHERE ${where}`)

  const streamed = Array.from({ length: 50 }, (_, number) => view(number))
  await clients.publish(streamed.map((event) => JSON.stringify(event)))
  await settled(pipeline)

  const path = join(folder, 'views of march.ndjson')
  const records = [
    ...streamed,
    ...Array.from({ length: 200 }, (_, number) => view(100 + number)),
    view(100),
    view(300, { user: { id: 7, tags: ['a', 'b'] }, seen: '2026-03-04' }),
    view(301, { seen: 'yesterday', big: [1, 'x', null] }),
    { event_type: 'page_view', url: '/without/an/id' },
    { event_type: 'page_view', url: '/without/an/id' },
  ]
  writeFileSync(
    path,
    `${lines(records)}\n{"event_type":"page_view"\n\n{"event_type":"order","order_id":"1"}\n[1]\n`,
  )

  await t.test('a dry run tells columns and bad records with their lines, and changes nothing', async (t) => {
    const { code, output } = await runLoad(pipeline, argumentsOf(DRY_RUN, path))
    t.equal(code, 0, output)
    t.match(output, '+ seen STRING', 'one type for all values of the file')
    t.match(output, '+ user RECORD')
    t.match(output, 'line 256  not_json')
    t.match(output, 'line 258  order  invalid_event')
    t.equal(await count('TRUE'), 50)
    const tables = `SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE table_name`
    t.equal(await clients.count(`${tables} = 'loads'`), 0, 'not even the ledger is made')
  })

  await t.test('what the stream brought lands nothing twice, and each record has its end', async (t) => {
    const { code, output } = await loadHere([path])
    t.equal(code, 0, output)
    t.match(output, /page_view +255 +204 +51 +0/)
    t.match(output, /order → orders +1 +0 +0 +1/)
    t.match(output, /\(no event\) +2 +0 +0 +2/)
    t.equal(await count('TRUE'), 254)
    t.equal(await count(`url = '/without/an/id'`), 2, 'two equal records without an id are two events')
    t.equal(
      await count(`event_id = 'v301' AND seen = 'yesterday' AND TO_JSON_STRING(big) = '[1,"x",null]'`),
      1,
    )
    t.equal(await count(`event_id = 'v300' AND user.id = 7 AND ARRAY_LENGTH(user.tags) = 2`), 1)
    t.equal(await count(`event_id = 'v150' AND timestamp = '2026-03-04T05:06:07.123456Z' AND ms = 150.5`), 1)
    t.equal(await count(`event_date = '2026-03-04'`), 252)
  })

  await t.test('its dead letters tell file and line', async (t) => {
    const letters = await clients.deadLetters(3)
    const places = letters
      .map(({ attributes }) => attributes['dead-letter-place'] ?? '')
      .toSorted((a, b) => a.localeCompare(b))
    t.same(places, ['line 256', 'line 258', 'line 259'])
    t.match(letters[0]!.attributes['dead-letter-file'], 'views of march.ndjson')
  })

  await t.test('the same file again, and a copy of it, land nothing', async (t) => {
    const again = await loadHere([path])
    t.match(again.output, 'was loaded before')
    t.equal(again.code, 0)
    const copy = join(folder, 'copy.ndjson')
    copyFileSync(path, copy)
    const { code, output } = await loadHere([copy])
    t.equal(code, 0, output)
    t.match(output, /page_view +255 +0 +255 +0/)
    t.equal(await count('TRUE'), 254)
  })

  await t.test('too many bad records stop it before anything has landed', async (t) => {
    const bad = join(folder, 'bad.ndjson')
    writeFileSync(bad, `{"order_id":"1"}\n{\n`)
    const { code, output } = await runLoad(pipeline, argumentsOf(AT_MOST, bad))
    t.equal(code, 1)
    t.match(output, /too_many_bad.*bad\.ndjson: 2 of 2 records are bad.*line 1: invalid_event/s)
    const ledger = await clients.query(LEDGER.split("'")[1]!)
    t.equal(ledger.length, 6, 'a line for each type of the two files that were loaded')
  })

  await t.test(
    'CSV has the types that all of its values allow, and tasks share lines of JSON out among them',
    async (t) => {
      const csv = join(folder, 'sales.csv')
      writeFileSync(
        csv,
        'id;zip;amount;sold on;note\n1;00501;12.5;2026-01-02;\n2;90210;;2026-01-03;"a ""b""\nc"\n3;10001;1;soon;x;too many\n',
      )
      const dry = await loadHere([csv, '--type', 'sale', '--dry-run'])
      t.match(dry.output, 'its first row is taken for the names of its columns')
      t.match(dry.output, '(if it is one: --columns): id, zip, amount, sold on, note')
      const { code, output } = await loadHere([csv, '--type', 'sale'])
      t.equal(code, 0, output)
      t.match(output, /sale +3 +2 +0 +1/)
      t.same(
        await clients.query(`SELECT id, zip, amount, note FROM ${DATASET}.sale ORDER BY id`),
        [
          { id: 1, zip: '00501', amount: 12.5, note: null },
          { id: 2, zip: '90210', amount: null, note: 'a "b"\nc' },
        ],
        'an amount is a number, zip codes keep their zeros',
      )
      const shared = join(folder, 'shared.ndjson')
      writeFileSync(
        shared,
        lines(Array.from({ length: 300 }, (_, number) => ({ event_type: 'shared', event_id: `e${number}` }))),
      )
      const tasks = [0, 1, 2].map((task) =>
        runLoad(pipeline, [shared], {
          env: { CLOUD_RUN_TASK_INDEX: String(task), CLOUD_RUN_TASK_COUNT: '3', LOAD_PORTION_BYTES: '2000' },
        }),
      )
      for (const task of await Promise.all(tasks)) {
        t.equal(task.code, 0, task.output)
        t.match(task.output, /shared +300 +300 +0 +0/)
      }
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.shared`), 300)
    },
  )

  await t.test(
    'reconcile takes no loaded row for a message, and shows what was loaded beside them',
    async (t) => {
      const { code, output } = await runCommand('reconcile', pipeline, ['24h'])
      t.equal(code, 0, output)
      t.match(output, /page_view +50 +50 +0 +0 +0 +0 +0 +0\ntotal +50 +50 +0 +0 +0 +0 +0 +0\n/)
      t.match(output, /beside the messages, by loads:\n +loads +records +landed +duplicates +dead letters\n/)
      t.match(output, /page_view +2 +510 +204 +306 +0\n/)
      t.match(output, /order → orders +2 +2 +0 +0 +2\n/)
    },
  )
})
