import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { many } from '../long-tests.ts'
import { DATASET, settled, startPipeline, viewOf, WITH_GENERATOR, type Pipeline } from './pipeline.ts'

// each has a pipeline of its own, and waits for leases to end
t.jobs = 3
const EACH = many(3400, 1700)
const OF_A_TYPE = many(3400, 1000)
const TABLES = { order: 'orders', inventory: 'inventory', user_activity: 'user_activity' } as const

async function generate({ generatorUrl }: Pipeline, type: string, count: number): Promise<string[]> {
  const response = await fetch(`${generatorUrl}/generate/${type}?count=${count}`, { method: 'POST' })
  const { events } = (await response.json()) as { events: { event_id: string }[] }
  return events.map(({ event_id: id }) => id)
}

interface Ledger {
  readonly rows: number
  readonly distinct: number
}

async function ledger({ clients }: Pipeline, table: string): Promise<Ledger> {
  const [row] = await clients.query(
    `SELECT COUNT(*) AS row_count, COUNT(DISTINCT event_id) AS ids FROM ${DATASET}.${table}`,
  )
  return { rows: Number(row!['row_count']), distinct: Number(row!['ids']) }
}

t.test(
  `${3 * OF_A_TYPE} generated events and some bad ones: published = landed + dead-lettered, each once`,
  async (t) => {
    const pipeline = await startPipeline({ services: WITH_GENERATOR })
    t.teardown(() => pipeline.close())
    const types = Object.keys(TABLES) as (keyof typeof TABLES)[]
    const published = await Promise.all(types.map((type) => generate(pipeline, type, OF_A_TYPE)))
    await pipeline.clients.publish(Array.from({ length: 50 }, (_, index) => `{"bad":${index}`))
    await settled(pipeline)
    for (const [index, type] of types.entries()) {
      t.equal(published[index]!.length, OF_A_TYPE)
      t.same(await ledger(pipeline, TABLES[type]), { rows: OF_A_TYPE, distinct: OF_A_TYPE }, TABLES[type])
    }
    t.equal((await pipeline.clients.deadLetters(50)).length, 50)
  },
)

for (const victim of ['streamWriter', 'tableManager'] as const) {
  t.test(`${victim} is killed in the middle and started again: no event is missing`, async (t) => {
    // the lease of what the dead writer held must end before others get it
    const pipeline = await startPipeline({ services: WITH_GENERATOR, env: { LEASE_SECONDS: '10' } })
    t.teardown(() => pipeline.close())
    const ids = await generate(pipeline, 'order', 500)
    const [more] = await Promise.all([
      generate(pipeline, 'order', EACH),
      poll(async () => ((await ledger(pipeline, 'orders').catch(() => undefined))?.rows ? true : undefined), {
        timeoutMs: 60_000,
        everyMs: 5,
        what: 'the first rows',
      }).then(() => pipeline[victim].kill()),
    ])
    await pipeline.clients.publish([JSON.stringify({ event_type: 'while_it_was_dead', n: 1 })])
    pipeline[victim].start()
    await settled(pipeline)
    const all = new Set([...ids, ...more])
    const { rows, distinct } = await ledger(pipeline, 'orders')
    t.equal(all.size, 500 + EACH)
    t.equal(distinct, all.size, 'every event is in the table')
    t.comment(`${rows - distinct} rows came twice: the default stream is at-least-once`)
    await viewOf(pipeline, 'orders')
    t.same(await ledger(pipeline, 'orders_deduplicated'), { rows: all.size, distinct: all.size })
    t.equal(await pipeline.clients.count(`SELECT COUNT(*) FROM ${DATASET}.while_it_was_dead`), 1)
  })
}
