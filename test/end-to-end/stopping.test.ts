import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { many } from '../long-tests.ts'
import { DATASET, settled, startPipeline, sumOfMetric } from './pipeline.ts'

const EVENTS = many(10_000, 5000)
const ROUNDS = many(4, 3)
const LANDED = 'tablestream_events_landed_total'

t.test('a writer that is told to stop in the middle of its work', { timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer'],
  })
  t.teardown(() => pipeline.close())
  const { clients, streamWriter, writerUrl } = pipeline
  const events = (round: number, count: number) =>
    Array.from({ length: count }, (_, n) =>
      JSON.stringify({ event_type: `stopped_${round}`, event_id: `${round}-${n}`, n }),
    )
  const landed = () => sumOfMetric(writerUrl, LANDED)

  for (let round = 0; round < ROUNDS; round++) {
    await t.test(`leaves no row twice, and is gone in time: round ${round}`, async (t) => {
      const table = `${DATASET}.stopped_${round}`
      await clients.publish(events(round, 1))
      await settled(pipeline)
      const before = await landed()
      await clients.publish(events(round, EVENTS))
      await poll(async () => (await landed()) > before + (EVENTS / (ROUNDS + 1)) * round || undefined, {
        timeoutMs: 60_000,
        everyMs: 5,
        what: 'the middle of it',
      })
      const began = Date.now()
      await streamWriter.stop()
      const took = Date.now() - began
      t.ok(took < 8500, `gone after ${took} ms`)
      t.comment(`${await clients.count(`SELECT COUNT(*) FROM ${table}`)} rows when it was gone, ${took} ms`)
      streamWriter.start()
      await streamWriter.ready()
      await settled(pipeline)
      t.equal(await clients.count(`SELECT COUNT(*) FROM ${table}`), EVENTS)
      t.equal(await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${table}`), EVENTS)
    })
  }
})
