import t from 'tap'
import { tellEventStories } from './event-stories.ts'
import { DATASET, settled, startPipeline } from './pipeline.ts'

t.test('events become rows of tables that nobody declared, and what cannot is told', async (t) => {
  const pipeline = await startPipeline()
  t.teardown(() => pipeline.close())
  const { clients } = pipeline

  await tellEventStories(t, pipeline)

  await t.test('on SIGTERM the writer gives back what it holds and is gone within 8 s', async (t) => {
    await pipeline.tableManager.stop()
    await clients.publish([JSON.stringify({ event_type: 'orphan', n: 1 })])
    const began = Date.now()
    await pipeline.streamWriter.stop(20_000)
    t.ok(Date.now() - began < 8000, `it took ${Date.now() - began} ms`)
    pipeline.tableManager.start()
    pipeline.streamWriter.start()
    await settled(pipeline)
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.orphan`), 1)
  })
})
