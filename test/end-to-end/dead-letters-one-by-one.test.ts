import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { Replayer } from '@tablestream/ledger'
import { DATASET, PROJECT, settled, startPipeline } from './pipeline.ts'

const EVERYTHING = { reasons: [], types: [], again: false }
/** As many attributes as a message may have. */
const FULL = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`attribute-${n}`, `value ${n}`]))
const WITHOUT_ID = '{"event_type":"later","n":1} '
/** As large as a request may be, the topic's name and the overhead left out. */
const LARGEST = Buffer.alloc(9_999_985, 'x')
const OTHERS = 5
const TOPIC = 'backend-events-topic'
/** A few of the small ones. */
const BATCH_BYTES = 40

t.test('a dead letter that cannot go back stops no other', { timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline({
    env: { EVENT_POLICIES: JSON.stringify({ later: { tables: 'freeze' } }), PARK_SECONDS: '4' },
    resources: { minimumBackoff: '1s', maximumBackoff: '5s' },
  })
  t.teardown(() => pipeline.close())
  const { clients, cloud } = pipeline
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint, emulatorMode: true })
  t.teardown(() => pubsub.close())
  const target = { projectId: PROJECT, dataset: DATASET, topic: TOPIC }
  const replayer = new Replayer(bigquery, pubsub, target, { batchBytes: BATCH_BYTES })
  const marks = () => clients.count(`SELECT COUNT(*) FROM ${DATASET}.dead_letter_replays`)

  const [[withoutId], [torn]] = await Promise.all([
    clients.publish([WITHOUT_ID], FULL),
    clients.publish(['torn, no json'], FULL),
    clients.publish(['no json, no room for one more attribute'], FULL),
    clients.publish([LARGEST]),
    clients.publish(Array.from({ length: OTHERS }, (_, n) => `no json ${n}`)),
  ])
  await settled(pipeline, 120_000)
  const letters = OTHERS + 4
  await poll(
    async () =>
      (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.dead_letter_reasons`)) === letters || undefined,
    { timeoutMs: 60_000, what: 'every dead letter in the table' },
  )
  // half of one is lost
  await clients.query(
    `DELETE FROM ${DATASET}.dead_letters WHERE JSON_VALUE(attributes, '$."dead-letter-message-id"') = '${torn}'
     AND JSON_VALUE(attributes, '$."dead-letter-part"') = '2'`,
  )
  await pipeline.tableManager.stop()
  pipeline.tableManager.start({ EVENT_POLICIES: '' })
  await pipeline.streamWriter.stop()
  pipeline.streamWriter.start({ EVENT_POLICIES: '' })
  await pipeline.tableManager.ready()

  await t.test('all others go and are marked, and it is named', async (t) => {
    const read = replayer.read.bind(replayer)
    const batches: number[][] = []
    replayer.read = async (...of) => {
      const some = await read(...of)
      batches.push(some.map(({ data }) => data.length))
      return some
    }
    const { replayed, failed } = await replayer.replay(EVERYTHING, 1000)
    t.equal(replayed, letters - 1)
    t.equal(batches.flat().length, letters)
    const isLarge = (batch: readonly number[]) => batch.reduce((sum, bytes) => sum + bytes, 0) > BATCH_BYTES
    t.same(
      batches.filter((batch) => batch.length > 1 && isLarge(batch)),
      [],
      'as many at a time as memory holds',
    )
    t.equal(await marks(), letters - 1)
    t.match(failed, [{ letter: { messageId: torn }, error: { message: /2 parts .* 1 are there/ } }])
    t.equal(failed.length, 1)
  })

  await t.test('an event without room for its id in an attribute has it in its data', async (t) => {
    await settled(pipeline, 120_000)
    t.same(await clients.query(`SELECT event_id, n FROM ${DATASET}.later`), [{ event_id: withoutId, n: 1 }])
    const { replayed } = await replayer.replay({ ...EVERYTHING, types: ['later'], again: true }, 1000)
    t.equal(replayed, 1)
    await settled(pipeline, 120_000)
    t.equal(await clients.count(`SELECT COUNT(*) FROM ${DATASET}.later`), 1, 'replayed twice it lands once')
  })

  await t.test('nothing is published where nothing could be: the error is told', async (t) => {
    const nowhere = new Replayer(bigquery, pubsub, { projectId: PROJECT, dataset: DATASET, topic: 'nowhere' })
    await t.rejects(nowhere.replay({ ...EVERYTHING, again: true }, 1000), { code: 5 })
  })
})
