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
    await t.test(
      'columns whose values somebody limited take what fits; BigQuery would refuse the others, or round them',
      async (t) => {
        const limited = `${DATASET}.limited`
        await clients.publish([JSON.stringify({ event_type: 'limited', event_id: 'first' })])
        await settled(pipeline)
        await bigquery.query(
          `ALTER TABLE ${limited} ADD COLUMN code STRING(3), ADD COLUMN price NUMERIC(5, 2)`,
        )
        const values = [{ code: 'abc', price: 1.25 }, { code: 'abcd', price: 1.234 }, { price: 1000 }]
        await clients.publish(
          Array.from({ length: 300 }, (_, n) =>
            JSON.stringify({ event_type: 'limited', event_id: String(n), ...values[n % 3] }),
          ),
        )
        await settled(pipeline)
        const [rows] = await bigquery.query(`
          SELECT code, CAST(price AS STRING) AS price, TO_JSON_STRING(_unmapped) AS rest, COUNT(DISTINCT event_id) AS n
          FROM ${limited} WHERE event_id != 'first' GROUP BY 1, 2, 3 ORDER BY rest`)
        t.same(rows, [
          { code: 'abc', price: '1.25', rest: 'null', n: 100 },
          { code: null, price: null, rest: '{"/code":"abcd","/price":1.234}', n: 100 },
          { code: null, price: null, rest: '{"/price":1000}', n: 100 },
        ])
      },
    )
  },
)
