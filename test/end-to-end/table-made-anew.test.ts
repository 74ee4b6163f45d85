import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { DATASET, PROJECT, settled, startPipeline } from './pipeline.ts'

const ROUNDS = 3
const EVENTS = 3000

t.test(
  'a table that is dropped under a running writer is made anew, and no event after that is missing',
  async (t) => {
    const pipeline = await startPipeline({ env: { TABLE_CACHE_SECONDS: '1' } })
    t.teardown(() => pipeline.close())
    const { clients, cloud } = pipeline
    const bigquery = new BigQuery({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    })
    const publish = (round: number) =>
      clients.publish(
        Array.from({ length: EVENTS }, (_, n) =>
          JSON.stringify({ event_type: 'dropped', event_id: `${round}-${n}`, [`round_${round}`]: n }),
        ),
      )
    const ids = (round: number) =>
      clients.count(
        `SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.dropped WHERE STARTS_WITH(event_id, "${round}-")`,
      )
    await publish(0)
    await settled(pipeline)
    for (let round = 1; round <= ROUNDS; round++) {
      // events are on their way while it goes; what is published after it is gone must all be in the new one
      const before = publish(round * 10)
      await bigquery.dataset(DATASET).table('dropped').delete()
      await publish(round)
      await before
      await settled(pipeline, 90_000)
      t.equal(await ids(round), EVENTS, `round ${round}`)
    }
    await t.test(
      'events that landed in the table that is gone land again when they are published again',
      async (t) => {
        await bigquery.dataset(DATASET).table('dropped').delete()
        await publish(ROUNDS)
        await settled(pipeline, 90_000)
        t.equal(await ids(ROUNDS), EVENTS)
      },
    )
  },
)
