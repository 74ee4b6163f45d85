import { BigQuery } from '@google-cloud/bigquery'
import fc from 'fast-check'
import t from 'tap'
import { CallJournal, type Call } from '../../src/calls/call-journal.ts'
import { message, openPubSub, TOPIC } from '../open-pubsub.ts'

interface Told {
  readonly calls: readonly Call[]
  readonly count: number
  readonly error?: { readonly message: string }
}

async function journal(port: number, query = '', method = 'GET'): Promise<Told> {
  const response = await fetch(`http://127.0.0.1:${port}/journal${query}`, { method })
  return (await response.json()) as Told
}

t.test('each call is told with service, method, resource, status, time and sizes', async (t) => {
  const { cloud, pubsub, call } = await openPubSub(t, { port: 0 })
  const port = cloud.pubsubPort
  const [topic] = await pubsub.createTopic('topic')
  await topic.publishMessage({ data: Buffer.alloc(5000) })
  await call('POST', 'topics/topic:publish', { messages: [message('x')] })
  await call('GET', 'topics/nothing')
  await t.rejects(pubsub.topic('nothing').getMetadata(), { code: 5 })
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${port}` })
  await bigquery.query('SELECT 1')

  const publish = await journal(port, '?method=Publisher/Publish')
  t.match(publish.calls, [
    {
      service: 'pubsub',
      protocol: 'grpc',
      method: 'google.pubsub.v1.Publisher/Publish',
      resource: TOPIC,
      status: 'OK',
    },
  ])
  const [grpc] = publish.calls
  t.ok(grpc!.requestBytes > 5000 && grpc!.requestBytes < 6000, `${grpc!.requestBytes} bytes came`)
  t.ok(grpc!.responseBytes > 0 && grpc!.responseBytes < 1000, `${grpc!.responseBytes} bytes went`)
  t.ok(grpc!.durationMs >= 0)
  const rest = await journal(port, '?method=POST&service=pubsub')
  t.match(rest.calls, [{ protocol: 'http', resource: `/v1/${TOPIC}:publish`, status: 200 }])
  t.ok(rest.calls[0]!.requestBytes > 0 && rest.calls[0]!.responseBytes > 0)
  t.match(await journal(port, '?status=404'), { calls: [{ resource: '/v1/projects/p/topics/nothing' }] })
  t.match(await journal(port, '?status=NOT_FOUND'), { calls: [{ resource: 'projects/p/topics/nothing' }] })
  const queries = await journal(port, '?service=bigquery')
  t.ok(queries.calls.length > 0)
  t.match(queries.calls[0], { protocol: 'http', status: 200 })

  const all = await journal(port)
  t.equal(all.calls.length, all.count, 'its own calls are not in it')
  const behind = await journal(port, `?after=${all.count - 1}`)
  t.same(behind.calls, all.calls.slice(-1))
  t.same((await journal(port, '?limit=2')).calls, all.calls.slice(-2))
  t.same(cloud.calls({ limit: 2 }), all.calls.slice(-2), 'in the same process')
  t.same((await journal(port, '', 'DELETE')).calls, [])
  t.same((await journal(port)).count, all.count, 'and it goes on counting')
})

t.test('a filter that is not there, or has a value that it cannot have, is refused by name', async (t) => {
  const { cloud } = await openPubSub(t)
  const told = async (query: string) => (await journal(cloud.bigqueryPort, query)).error?.message
  t.match(await told('?servce=pubsub'), /There is no filter "servce": they are service, method/)
  t.match(await told('?service=spanner'), /service is one of pubsub, .*, but is "spanner"/)
  t.match(await told('?limit=some'), /limit is a whole number from 0, but is "some"/)
})

t.test('the journal keeps the last calls, in their order, and no more than it may', (t) => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(60), (most, count) => {
      const kept = new CallJournal(most, () => 0)
      for (let at = 0; at < count; at++)
        kept.add({
          service: 'pubsub',
          protocol: 'http',
          method: 'GET',
          resource: null,
          status: 200,
          durationMs: 0,
          requestBytes: at,
          responseBytes: 0,
        })
      const sequences = kept.find().map(({ sequence }) => sequence)
      const wanted = Array.from(
        { length: Math.min(most, count) },
        (_, at) => count - Math.min(most, count) + at + 1,
      )
      return JSON.stringify(sequences) === JSON.stringify(wanted) && kept.count === count
    }),
  )
  t.end()
})
