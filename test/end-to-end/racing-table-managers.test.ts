import { BigQuery } from '@google-cloud/bigquery'
import { parsePolicies } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { createLogger } from '@tablestream/service-kit'
import { buildApp, createTables, type TableChange } from '@tablestream/table-manager'
import t from 'tap'

const INSTANCES = 8
const SHAPES = 1000

const delivery = (id: number, event: object) => ({
  method: 'POST' as const,
  url: '/',
  headers: {
    'content-type': 'application/json',
    'ce-id': String(id),
    'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  },
  payload: {
    message: {
      data: Buffer.from(JSON.stringify(event)).toString('base64'),
      messageId: String(id),
      publishTime: '2026-01-01T00:00:00Z',
    },
  },
})

t.test('eight table-managers race on one table over the wire', { timeout: 120_000 }, async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  await bigquery.createDataset('d')
  const changes: { time: number; change: TableChange }[] = []
  const changeLog = {
    tell(change: TableChange) {
      changes.push({ time: Date.now(), change })
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
  const apps = await Promise.all(
    Array.from({ length: INSTANCES }, () =>
      buildApp({
        logger: createLogger({ service: 'table-manager', level: 'silent' }),
        tables: createTables('p', 'd'),
        policies: parsePolicies(''),
        changeLog,
        cacheMs: 15_000,
      }),
    ),
  )
  t.teardown(() => Promise.all(apps.map((app) => app.close())))

  const answers = await Promise.all(
    Array.from({ length: SHAPES }, (_, index) =>
      apps[index % INSTANCES]!.inject(delivery(index, { event_type: 'race', [`field_${index}`]: index })),
    ),
  )
  t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([204]))

  const [metadata] = (await bigquery.dataset('d').table('race').getMetadata()) as unknown as [
    { schema: { fields: { name: string }[] } },
  ]
  const names = new Set(metadata.schema.fields.map(({ name }) => name))
  const missing = Array.from({ length: SHAPES }, (_, index) => `field_${index}`).filter(
    (name) => !names.has(name),
  )
  t.same(missing, [], 'the table has the union of all columns')

  const added = changes.flatMap(({ change }) => change.added)
  t.equal(new Set(added).size, added.length, 'no instance repeats what another did')
  const most = Math.max(
    ...changes.map(
      ({ time: start }) => changes.filter(({ time }) => time >= start && time < start + 10_000).length,
    ),
  )
  t.ok(
    most <= 5,
    `${most} changes within 10 s: ${changes.map(({ time }) => time - changes[0]!.time).join(', ')} ms`,
  )
})
