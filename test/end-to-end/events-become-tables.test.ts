import t from 'tap'
import { tellEventStories } from './event-stories.ts'
import { some } from '../long-tests.ts'
import { DATASET, settled, startPipeline, sumOfMetric, WITH_GENERATOR } from './pipeline.ts'

// each has a pipeline of its own
t.jobs = 2

for (const tableRequests of some(['shapes', 'events'] as const, 1)) {
  t.test(
    `events become rows of tables that nobody declared, where table-manager sees ${tableRequests}`,
    async (t) => {
      const pipeline = await startPipeline({ tableRequests, services: WITH_GENERATOR })
      t.teardown(() => pipeline.close())
      const { clients } = pipeline

      await tellEventStories(t, pipeline, tableRequests === 'events' ? 300_000 : undefined)

      await t.test('table-manager sees what it is told to see', async (t) => {
        const seen = await sumOfMetric(pipeline.managerUrl.slice(0, -1), 'tablestream_events_received_total')
        const asked = await sumOfMetric(pipeline.writerUrl, 'tablestream_table_requests_total')
        const events = await sumOfMetric(pipeline.writerUrl, 'tablestream_events_landed_total')
        if (tableRequests === 'events') t.ok(seen >= events && asked === 0, `${seen} of ${events} events`)
        else t.ok(asked > 0 && seen < events, `${seen} for ${events} events, asked for ${asked} times`)
      })

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
    },
  )
}
