import { setTimeout as sleep } from 'node:timers/promises'
import { BigQuery } from '@google-cloud/bigquery'
import { parsePolicies } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { createLogger } from '@tablestream/service-kit'
import { buildApp, createTables, type TableChange } from '@tablestream/table-manager'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { Random } from '../chaos/random.ts'

const INSTANCES = 8
const SHAPES = 1000
/** How much faster than ours the clock of the second race goes, so that its pauses cost little. */
const FASTER = 10

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

/** As Eventarc does: what is not taken comes again. */
async function deliver(app: FastifyInstance, id: number, event: object): Promise<number> {
  for (;;) {
    const { statusCode } = await app.inject(delivery(id, event))
    if (statusCode !== 503) return statusCode
  }
}

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
      deliver(apps[index % INSTANCES]!, index, { event_type: 'race', [`field_${index}`]: index }),
    ),
  )
  t.same(new Set(answers), new Set([204]))

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

t.test(
  'four table-managers race for columns and wider types, and the table ends whole',
  { timeout: 120_000 },
  async (t) => {
    const began = Date.now()
    const now = () => began + (Date.now() - began) * FASTER
    const cloud = await startLocalCloud({ now })
    t.teardown(() => cloud.close())
    Object.assign(process.env, cloud.environment)
    const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
    await bigquery.createDataset('d')
    for (const seed of [1, 2, 3]) {
      const apps = await Promise.all(
        Array.from({ length: 4 }, () =>
          buildApp({
            logger: createLogger({ service: 'table-manager', level: 'silent' }),
            tables: createTables('p', 'd'),
            policies: parsePolicies(''),
            cacheMs: 15_000,
            now,
            pause: (ms) => sleep(ms / FASTER),
          }),
        ),
      )
      const random = new Random(seed)
      const answers = await Promise.all(
        Array.from({ length: 150 }, (_, index) => {
          const event = {
            event_type: `race_${seed}`,
            [`field_${index}`]: index,
            [`shared_${random.below(5)}`]: random.of([1, 0.5]),
          }
          return deliver(random.of(apps), index, event)
        }),
      )
      t.same(new Set(answers), new Set([204]), `seed ${seed}`)
      const [{ schema }] = (await bigquery.dataset('d').table(`race_${seed}`).getMetadata()) as unknown as [
        { schema: { fields: { name: string; type: string }[] } },
      ]
      const own = schema.fields.filter(({ name }) => /^(field|shared)_/.test(name))
      t.equal(own.length, 155, `seed ${seed} has all columns`)
      const narrow = own.filter(({ name, type }) => name.startsWith('shared_') && type === 'INTEGER')
      t.same(narrow, [], `seed ${seed} has all types`)
      await Promise.all(apps.map((app) => app.close()))
    }
  },
)
