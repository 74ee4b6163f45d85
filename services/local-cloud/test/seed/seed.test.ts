import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { readSeed } from '../../src/seed/seed-file.ts'
import { openPubSub, temporaryFolder, type Test } from '../open-pubsub.ts'

const SEED = `
project: p
topics:
  orders:
    labels: {team: shop}
  plain:
subscriptions:
  orders-sub:
    topic: orders
    ackDeadlineSeconds: 33
buckets:
  files: {location: EU}
datasets:
  shop:
    location: EU
    tables:
      customers:
        description: who buys
        schema:
          - {name: id, type: INT64, mode: REQUIRED}
          - {name: name, type: STRING}
          - {name: tags, type: STRING, mode: REPEATED}
        rows:
          - {id: 1, name: Ada, tags: [a, b]}
          - {id: 2, name: Bob}
      empty:
        schema: [{name: n, type: FLOAT64}]
`

function seedOf(t: Test, text: string) {
  const file = join(temporaryFolder(t), 'seed.yaml')
  writeFileSync(file, text)
  return { file, read: () => readSeed(file) }
}

t.test('a seed makes topics, subscriptions, buckets, datasets, tables and rows', async (t) => {
  const dataFolder = temporaryFolder(t)
  const seed = seedOf(t, SEED).read()
  const first = await openPubSub(t, { seed, dataFolder })
  t.match((await first.call('GET', 'topics/orders')).body, { labels: { team: 'shop' } })
  t.match((await first.call('GET', 'subscriptions/orders-sub')).body, {
    topic: 'projects/p/topics/orders',
    ackDeadlineSeconds: 33,
  })
  const rowsOf = async ({ cloud }: typeof first) => {
    const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
    const [rows] = await bigquery.query({ query: 'SELECT * FROM shop.customers ORDER BY id', location: 'EU' })
    return rows as object[]
  }
  const rows = [
    { id: 1, name: 'Ada', tags: ['a', 'b'] },
    { id: 2, name: 'Bob', tags: [] },
  ]
  t.same(await rowsOf(first), rows)
  const bucket = await fetch(`http://127.0.0.1:${first.cloud.storagePort}/storage/v1/b/files`)
  t.match(await bucket.json(), { location: 'EU' })
  await first.call('DELETE', 'topics/plain')
  await first.close()

  const again = await openPubSub(t, { seed, dataFolder })
  t.same(await rowsOf(again), rows, 'what is there already stays as it is')
  t.equal((await again.call('GET', 'topics/plain')).status, 200, 'and what is not comes')
})

t.test('more tables than an API makes in ten seconds are no matter', async (t) => {
  const tables = Object.fromEntries(
    Array.from({ length: 110 }, (_, at) => [`t${at}`, { schema: [{ name: 'n', type: 'INT64' }] }]),
  )
  const { cloud } = await openPubSub(t, {
    seed: seedOf(t, JSON.stringify({ datasets: { d: { tables } } })).read(),
  })
  const url = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/local/datasets/d/tables`
  t.match(await (await fetch(url)).json(), { totalItems: 110 })
})

t.test('what is wrong with a seed is told with file, path, rule and value', async (t) => {
  const shape: readonly (readonly [text: string, message: string])[] = [
    [
      'topcs: {}',
      'topcs: there is no such part; the parts are project, topics, subscriptions, datasets, buckets',
    ],
    ['topics: [a]', 'topics is a map of names, but is ["a"]'],
    ['project: 7', 'project is a text, but is 7'],
    ['datasets: {d: {tables: {t: {}}}}', 'datasets.d.tables.t.schema is a list of fields with name and type'],
    [
      'datasets: {d: {tables: {t: {schema: [], rows: [1]}}}}',
      'datasets.d.tables.t.rows[0] is a map of names, but is 1',
    ],
    ['a: b: c', 'Nested mappings are not allowed'],
  ]
  for (const [text, message] of shape) {
    const { file, read } = seedOf(t, text)
    t.throws(read, { message: new RegExp(`^${escaped(`${file}: ${message}`)}`) }, text)
  }
  t.throws(() => readSeed('/nowhere.yaml'), { message: /^\/nowhere\.yaml: ENOENT/ })

  const refused: readonly (readonly [text: string, message: string])[] = [
    ['topics: {x: {}}', 'topics.x: '],
    ['subscriptions: {some-sub: {topic: nothing}}', 'subscriptions.some-sub: '],
    ['datasets: {d: {tables: {t: {schema: [{name: n, type: INTT}]}}}}', 'datasets.d.tables.t: '],
    [
      'datasets: {d: {tables: {t: {schema: [{name: n, type: INT64}], rows: [{n: 1}, {n: x}]}}}}',
      'datasets.d.tables.t.rows[1].n: ',
    ],
    ['buckets: {A: {}}', 'buckets.A: '],
  ]
  for (const [text, message] of refused)
    await t.rejects(
      openPubSub(t, { seed: seedOf(t, text).read() }),
      { message: new RegExp(`^${escaped(message)}.{10,}`) },
      text,
    )
})

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
