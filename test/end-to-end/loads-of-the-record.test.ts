import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { loadHere, makeLoadBucket, runLoad, usePipeline } from './loader.ts'
import { DATASET, PROJECT, settled, startPipeline } from './pipeline.ts'

// as the README of batch-loader shows them
const PUBLISHED = 'npm run load -- published:24h --type page_view'
const DEAD = 'npm run load -- dead-letters:24h/5m --type sensor'

const argumentsOf = (command: string) => command.split(' -- ')[1]!.split(' ')
const view = (id: string, more: object = {}) =>
  JSON.stringify({ event_type: 'page_view', event_id: id, timestamp: '2026-03-04T05:06:07Z', ...more })

t.test('what was published, and what is dead, is loaded as the messages that it was', async (t) => {
  const env = { EVENT_POLICIES: '{"sensor":{"types":"dead_letter"}}' }
  const pipeline = await startPipeline({ env })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const { clients, cloud } = pipeline
  const count = (from: string) => clients.count(`SELECT COUNT(*) FROM ${DATASET}.${from}`)

  const shops = ['shop-a', 'shop-b']
  for (const shop of shops)
    await clients.publish(
      ['1', '2', '3'].map((id) => view(id)),
      { 'ce-source': shop },
    )
  // of the same bytes, and two events all the same
  const noId = '{"event_type":"page_view","url":"/without/an/id"}'
  const ids = await clients.publish([noId, noId])
  // a repeat, a collision, no event, and a type that SQL does not read as it is written
  await clients.publish([view('1')], { 'ce-source': 'shop-a' })
  await clients.publish([view('1', { n: 2 })], { 'ce-source': 'shop-a' })
  await clients.publish([
    '{"event_type":"page_view"',
    String.raw`{"event_type":"page\u005fview","event_id":"escaped"}`,
  ])
  await clients.publish(['{"event_type":"sensor","event_id":"first","ms":1.5}'])
  await settled(pipeline)
  const [sensor] = await clients.publish(['{"event_type":"sensor","ms":"fast"}'], { 'ce-source': 'hall' })
  await settled(pipeline)
  const published = clients.published()
  await poll(async () => (await count('published_messages')) === published || undefined, {
    timeoutMs: 60_000,
    what: 'the record',
  })
  await poll(async () => (await count('dead_letters')) === 3 || undefined, {
    timeoutMs: 60_000,
    what: 'dead letters',
  })
  const ROWS =
    'SELECT event_id, _source, _fingerprint, event_date FROM dev_events_dataset.page_view ORDER BY 1, 2, 3'
  const before = await clients.query(ROWS)
  t.equal(before.length, 9)

  await t.test('what the stream brought lands nothing twice', async (t) => {
    const settledOnly = await runLoad(pipeline, argumentsOf(PUBLISHED))
    t.equal(settledOnly.code, 0, settledOnly.output)
    t.notMatch(settledOnly.output, /page_view +\d/, 'what came in the last five minutes may not be whole')
    const { code, output } = await loadHere(['published:24h/0m', '--type', 'page_view'])
    t.equal(code, 0, output)
    t.match(output, /published_messages of type page_view from .* until /)
    t.match(output, /page_view +11 +0 +10 +1/, 'the collision is a dead letter again')
    t.notMatch(output, 'no event', 'only the type that is meant')
    t.same(await clients.query(ROWS), before)
    await poll(async () => (await count('dead_letters')) === 4 || undefined, {
      timeoutMs: 60_000,
      what: 'the letter of the collision',
    })
    t.equal(await count('dead_letter_reasons'), 3, 'it has the id of the message, and is shown once')
  })

  await t.test('rows that are gone come again, with their ids, sources and days', async (t) => {
    await clients.query(
      `DELETE FROM ${DATASET}.page_view WHERE _source = 'shop-b' OR event_id IN ('escaped', '${ids[0]}')`,
    )
    const { code, output } = await loadHere(['published:1h/0m', '--type', 'page_view'])
    t.equal(code, 0, output)
    t.match(output, /page_view +11 +5 +5 +1/)
    t.same(await clients.query(ROWS), before)
  })

  await t.test('a file of the record is told apart by sources, as the record is', async (t) => {
    await clients.query(`DELETE FROM ${DATASET}.page_view WHERE _source = 'shop-b'`)
    const bigquery = new BigQuery({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    })
    const uri = `gs://${PROJECT}-dev-loads/raw/record.avro`
    const table = bigquery.dataset(DATASET).table('published_messages')
    const [job] = await bigquery.createJob({
      configuration: {
        extract: {
          sourceTable: { projectId: PROJECT, datasetId: DATASET, tableId: table.id! },
          destinationUris: [uri],
          destinationFormat: 'AVRO',
          useAvroLogicalTypes: true,
        },
      },
    })
    await job.promise()
    const { code, output } = await loadHere([uri, '--type', 'page_view'])
    t.equal(code, 0, output)
    t.match(output, /page_view +11 +3 +7 +1/)
    t.same(await clients.query(ROWS), before)
  })

  await t.test(
    'dead letters are loaded as what they were, and one that is dead again is no second letter',
    async (t) => {
      const letters = await count('dead_letters')
      const wrong = await loadHere([
        'dead-letters:24h/0m',
        '--type',
        'sensor',
        '--policy',
        env.EVENT_POLICIES,
      ])
      t.match(wrong.output, /sensor +1 +0 +0 +1/)
      t.equal(await count(`dead_letter_replays`), 0, 'one that is dead again stays open')
      const none = await loadHere(argumentsOf(DEAD))
      t.equal(none.code, 0, none.output)
      t.match(none.output, 'dead_letters of type sensor from', 'nothing of that time')
      const { code, output } = await loadHere(['dead-letters:24h/0m', '--type', 'sensor'])
      t.equal(code, 0, output)
      t.match(output, /sensor +1 +1 +0 +0/, 'by a policy that takes it')
      const row = `SELECT event_id, _source, JSON_VALUE(_unmapped, '$."/ms"') AS ms FROM ${DATASET}.sensor WHERE ms IS NULL`
      t.same(await clients.query(row), [{ event_id: sensor, _source: 'hall', ms: 'fast' }])
      t.equal(await count('dead_letters'), letters)
      const open = `dead_letter_reasons WHERE event_type = 'sensor' AND replayed_at IS NULL`
      t.equal(await count(open), 0, 'it has its end, and is not replayed again')
      const again = await loadHere(['dead-letters:24h/0m', '--type', 'sensor'])
      t.notMatch(again.output, /sensor +1/, again.output)
    },
  )
})
