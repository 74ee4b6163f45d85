import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'

t.test(
  'a column in quarantine comes with the third event that has it: not before, and not by repeats',
  { timeout: 480_000 },
  async (t) => {
    const policies = { held: { quarantine: { events: 3 } } }
    const pipeline = await startPipeline({
      services: ['table-manager', 'stream-writer'],
      env: { EVENT_POLICIES: JSON.stringify(policies) },
    })
    t.teardown(() => pipeline.close())
    const { clients } = pipeline
    const columns = () =>
      clients.count(`SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.COLUMNS
        WHERE table_name = 'held' AND column_name = 'extra'`)
    const publish = async (id: string, more: object = { extra: 'x' }) => {
      await clients.publish([JSON.stringify({ event_type: 'held', event_id: id, n: 1, ...more })])
      await settled(pipeline)
    }
    await publish('first', {})
    for (const id of ['a', 'a', 'b', 'b', 'a']) await publish(id)
    t.equal(await columns(), 0)
    const unmapped = `SELECT COUNT(*) FROM ${DATASET}.held WHERE JSON_VALUE(_unmapped, '$."/extra"') = 'x'`
    t.equal(await clients.count(unmapped), 2, 'they land all the same')
    await publish('c')
    await poll(async () => ((await columns()) === 1 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'the column',
    })
    await poll(
      async () => {
        await publish(`later ${Date.now()}`)
        const some = await clients.count(`SELECT COUNT(*) FROM ${DATASET}.held WHERE extra = 'x'`)
        return some > 0 ? true : undefined
      },
      { timeoutMs: 60_000, what: 'a row with the column' },
    )
  },
)
