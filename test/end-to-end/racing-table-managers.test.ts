import { BigQuery } from '@google-cloud/bigquery'
import { parsePolicies } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { createLogger } from '@tablestream/service-kit'
import { buildApp, createTables, type TableChange } from '@tablestream/table-manager'
import type { FastifyInstance } from 'fastify'
import t, { type Test as Tap } from 'tap'
import { Random } from '../chaos/random.ts'
import { delivery } from './delivery.ts'

const INSTANCES = 8
const SHAPES = 1000
/** The second race; by hand `TABLE_MANAGERS=4 SHAPES=1000 SEEDS=20`. */
const MANAGERS = Number(process.env['TABLE_MANAGERS'] ?? 4)
const RACE_SHAPES = Number(process.env['SHAPES'] ?? 150)
const SEEDS = Number(process.env['SEEDS'] ?? 2)
const SHARED = 10

/** As Eventarc does: what is not taken comes again. */
async function deliver(app: FastifyInstance, id: number, event: object): Promise<number> {
  for (;;) {
    const { statusCode } = await app.inject(delivery(event, id))
    if (statusCode !== 503) return statusCode
  }
}

/** @param told each change that one of them made */
function startManagers(count: number, told: (change: TableChange) => void): Promise<FastifyInstance[]> {
  const changeLog = {
    tell(change: TableChange) {
      told(change)
      return Promise.resolve()
    },
    settled: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const start = () =>
    buildApp({
      logger: createLogger({ service: 'table-manager', level: 'silent' }),
      tables: createTables('p', 'd'),
      policies: parsePolicies(''),
      changeLog,
      cacheMs: 15_000,
    })
  return Promise.all(Array.from({ length: count }, start))
}

t.setTimeout(120_000 + SEEDS * RACE_SHAPES * 60)

t.test('eight table-managers race on one table over the wire', { timeout: 480_000 }, async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  await bigquery.createDataset('d')
  const changes: { time: number; change: TableChange }[] = []
  const apps = await startManagers(INSTANCES, (change) => changes.push({ time: Date.now(), change }))
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
    most <= 50,
    `${most} changes within 10 s: ${changes.map(({ time }) => time - changes[0]!.time).join(', ')} ms`,
  )
})

t.test(
  `${MANAGERS} table-managers race for ${RACE_SHAPES} shapes and wider types, and the table ends whole, for ${SEEDS} seeds`,
  { timeout: 480_000 + SEEDS * RACE_SHAPES * 60 },
  async (t) => {
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    Object.assign(process.env, cloud.environment)
    const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
    await bigquery.createDataset('d')
    const took: Record<number, number> = {}
    for (let seed = 1; seed <= SEEDS; seed++) {
      // the one is what the many are measured against: TABLE_MANAGERS=1 runs it alone
      for (const managers of new Set([1, MANAGERS])) {
        const began = performance.now()
        await race(t, bigquery, { seed, managers })
        took[managers] = (took[managers] ?? 0) + performance.now() - began
      }
    }
    t.comment(
      `ms a race, by managers: ${JSON.stringify(took, (_, ms) => (typeof ms === 'number' ? Math.round(ms / SEEDS) : ms))}`,
    )
  },
)

/** Each shape has a column of its own and one of ten shared ones, which the table has as INT64 and half of them want wider. */
async function race(
  t: Tap,
  bigquery: BigQuery,
  { seed, managers }: { readonly seed: number; readonly managers: number },
): Promise<void> {
  const changes: TableChange[] = []
  const apps = await startManagers(managers, (change) => changes.push(change))
  const table = `race_${seed}_${managers}`
  const name = `seed ${seed}, managers ${managers}`
  const random = new Random(seed)
  const shared = Array.from({ length: SHARED }, (_, index): [string, number] => [`shared_${index}`, 1])
  await deliver(apps[0]!, SHAPES, { event_type: table, ...Object.fromEntries(shared) })
  const answers = await Promise.all(
    Array.from({ length: RACE_SHAPES }, (_, index) => {
      const value = random.of([1, 0.5])
      const event = {
        event_type: table,
        [`field_${index}`]: index,
        [`shared_${random.below(SHARED)}`]: value,
      }
      return deliver(random.of(apps), index, event)
    }),
  )
  await Promise.all(apps.map((app) => app.close()))
  t.same(new Set(answers), new Set([204]), name)
  const [{ schema }] = (await bigquery.dataset('d').table(table).getMetadata()) as unknown as [
    { schema: { fields: { name: string; type: string }[] } },
  ]
  const own = schema.fields.filter((field) => /^(field|shared)_/.test(field.name))
  t.equal(own.length, RACE_SHAPES + SHARED, `${name}: all columns`)
  const narrow = own.filter((field) => field.name.startsWith('shared_') && field.type === 'INTEGER')
  t.same(narrow, [], `${name}: all types`)
  t.ok(changes.length < 50, `${name}: ${changes.length} changes, of which BigQuery allows 50 in ten seconds`)
  t.ok(
    changes.some(({ widened }) => widened.length > 0),
    `${name}: types were widened`,
  )
}
