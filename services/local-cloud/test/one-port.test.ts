import net from 'node:net'
import { BigQuery } from '@google-cloud/bigquery'
import { v1 } from '@google-cloud/bigquery-storage'
import { PubSub } from '@google-cloud/pubsub'
import { Storage } from '@google-cloud/storage'
import * as grpc from '@grpc/grpc-js'
import t from 'tap'
import { startLocalCloud } from '../src/index.ts'
import { appOf } from '../src/app-of-path.ts'

t.test('every API answers on one port, by HTTP/1.1 and by gRPC', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud({ port: 0 })
  t.teardown(() => cloud.close())
  const { pubsubPort: port } = cloud
  t.same([cloud.bigqueryPort, cloud.storageWritePort, cloud.storagePort], [port, port, port])
  const url = `http://127.0.0.1:${port}`

  const pubsub = new PubSub({ projectId: 'p', apiEndpoint: url, emulatorMode: true })
  t.teardown(() => pubsub.close())
  const [topic] = await pubsub.createTopic('topic')
  const [subscription] = await topic.createSubscription('sub')
  const came = new Promise<string>((resolve) =>
    subscription.once('message', (message) => {
      message.ack()
      resolve(message.data.toString())
    }),
  )
  await topic.publishMessage({ data: Buffer.from('hello') })
  t.equal(await came, 'hello', 'Pub/Sub by gRPC')
  const topics = await (await fetch(`${url}/v1/projects/p/topics`)).json()
  t.match(topics, { topics: [{ name: 'projects/p/topics/topic' }] }, 'Pub/Sub by REST')
  t.same(
    await (await fetch(`${url}/v1/projects/p/locations/l/triggers`)).json(),
    { triggers: [] },
    'Eventarc',
  )

  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: url })
  await bigquery.dataset('d').create()
  await bigquery
    .dataset('d')
    .table('t')
    .create({ schema: [{ name: 'n', type: 'INT64' }] })
  await bigquery
    .dataset('d')
    .table('t')
    .insert([{ n: 1 }, { n: 2 }])
  const [rows] = await bigquery.query('SELECT SUM(n) AS sum FROM d.t')
  t.same(rows, [{ sum: 3 }], 'BigQuery')

  const sslCreds = grpc.credentials.createInsecure()
  const writes = new v1.BigQueryWriteClient({ projectId: 'p', apiEndpoint: '127.0.0.1', port, sslCreds })
  t.teardown(() => writes.close())
  const name = 'projects/p/datasets/d/tables/t/streams/_default'
  const [stream] = await writes.getWriteStream({ name })
  t.match(stream, { name: 'projects/p/datasets/d/tables/t/streams/_default' }, 'Storage Write')

  const storage = new Storage({ projectId: 'p', apiEndpoint: url })
  await storage.createBucket('bucket')
  await storage.bucket('bucket').file('a/b').save('text')
  t.equal(String((await storage.bucket('bucket').file('a/b').download())[0]), 'text', 'Cloud Storage')
  t.equal(await (await fetch(`${url}/bucket/a%2Fb`)).text(), 'text', 'a public address')
})

t.test('a path tells whose it is', (t) => {
  const paths = {
    pubsub: ['/', '/v1/projects/p/topics', '/oauth2/v3/certs', '/bucket', '/v1beta1/x', '/bucket/'],
    bigquery: [
      '/bigquery/v2/projects/p/datasets',
      '/projects/p/queries?x=1',
      '/upload/bigquery/v2/projects/p/jobs',
      '/resumable/upload/bigquery/v2/projects/p/jobs',
      '/discovery/v1/apis/bigquery/v2/rest',
      '/$discovery/rest?version=v2',
    ],
    storage: [
      '/storage/v1/b',
      '/b?project=p',
      '/b/bucket/o/object',
      '/upload/storage/v1/b/bucket/o',
      '/resumable/upload/storage/v1/b/bucket/o',
      '/download/storage/v1/b/bucket/o/object?alt=media',
      '/bucket/object',
      '/my.bucket-1/folder%2Fobject?generation=1',
    ],
  } as const
  for (const [app, of] of Object.entries(paths)) for (const path of of) t.equal(appOf(path), app, path)
  t.end()
})

t.test('the first bytes of a connection may come one by one', async (t) => {
  const cloud = await startLocalCloud({ port: 0 })
  t.teardown(() => cloud.close())
  const answerTo = (first: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = net.connect(cloud.pubsubPort, '127.0.0.1')
      socket.setNoDelay(true)
      t.teardown(() => socket.destroy())
      socket.on('error', reject)
      socket.on('data', (bytes) => resolve(bytes.toString('latin1')))
      let at = 0
      const next = () => {
        if (at < first.length) socket.write(first[at++]!, 'latin1', () => setTimeout(next, 5))
      }
      next()
    })
  t.match(await answerTo('PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1\.1 /)
  const settings = '\0\0\0\x04\0\0\0\0\0'
  const http2 = await answerTo(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`)
  t.equal(http2.charCodeAt(3), 4, 'a frame of settings')
})
