import http from 'node:http'
import type { AddressInfo } from 'node:net'
import * as grpc from '@grpc/grpc-js'
import t from 'tap'
import { startLocalCloud, type LocalCloud } from '../../src/index.ts'
import { v1 } from '../../src/pubsub/grpc/protos.ts'

interface Closing {
  teardown(done: () => unknown): void
}

interface Received {
  readonly ackId: string
  readonly message: { readonly data: string; readonly orderingKey?: string }
}

interface Answer {
  readonly status: number
  readonly body: {
    readonly receivedMessages?: readonly Received[]
    readonly error?: { readonly message: string }
  }
}

interface Open {
  readonly cloud: LocalCloud
  readonly call: (method: string, path: string, body?: object, signal?: AbortSignal) => Promise<Answer>
}

const TOPIC = 'projects/p/topics/topic'
const SUB = 'projects/p/subscriptions/sub'

async function open(t: Closing): Promise<Open> {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const call = async (method: string, path: string, body?: object, signal?: AbortSignal): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  await call('PUT', 'topics/topic', {})
  await call('PUT', 'subscriptions/sub', { topic: TOPIC })
  return { cloud, call }
}

const text = (value: string): object => ({ data: Buffer.from(value).toString('base64') })
const identity = (bytes: Buffer): Buffer => bytes

function grpcClient(t: Closing, cloud: LocalCloud): grpc.Client {
  const client = new grpc.Client(`127.0.0.1:${cloud.pubsubPort}`, grpc.credentials.createInsecure())
  t.teardown(() => client.close())
  return client
}

function publishRaw(client: grpc.Client, request: Uint8Array): Promise<grpc.ServiceError | null> {
  return new Promise((resolve) => {
    const path = '/google.pubsub.v1.Publisher/Publish'
    client.makeUnaryRequest(path, identity, identity, Buffer.from(request), (error) => resolve(error))
  })
}

function pullStream(client: grpc.Client, request: object) {
  const call = client.makeBidiStreamRequest('/google.pubsub.v1.Subscriber/StreamingPull', identity, identity)
  const received: string[] = []
  const sizes: number[] = []
  const ended = new Promise<grpc.ServiceError>((resolve) => call.on('error', resolve))
  const answered = new Promise<void>((resolve) => call.once('data', () => resolve()))
  call.on('data', (bytes: Buffer) => {
    const { receivedMessages } = v1.StreamingPullResponse.decode(bytes)
    sizes.push(receivedMessages.length)
    for (const { ackId } of receivedMessages) received.push(ackId!)
  })
  const send = (more: object) => call.write(Buffer.from(v1.StreamingPullRequest.encode(more).finish()))
  send({ subscription: SUB, streamAckDeadlineSeconds: 60, ...request })
  return { received, sizes, ended, answered, send }
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!what()) {
    if (Date.now() > deadline) throw new Error('not within a minute')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

t.test('what every client must get right is refused, and named', async (t) => {
  const { cloud, call } = await open(t)
  const client = grpcClient(t, cloud)
  const messages = (attributes: Record<string, string>) =>
    v1.PublishRequest.encode({ topic: TOPIC, messages: [{ data: Buffer.from('x'), attributes }] }).finish()
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, '']))
  t.match(await publishRaw(client, messages(many)), { code: 3, details: /101 attributes; 100/ })
  t.match(await publishRaw(client, messages({ ['k'.repeat(257)]: '' })), {
    code: 3,
    details: /257 bytes; 256/,
  })
  t.match(await publishRaw(client, messages({ k: 'v'.repeat(1025) })), {
    code: 3,
    details: /1025 bytes; 1024/,
  })
  t.equal(await publishRaw(client, messages({ ['k'.repeat(256)]: 'v'.repeat(1024), key: 'ü€😀' })), null)
  const broken = Buffer.from(messages({ key: 'value' }))
  for (const [what, word] of [
    ['key', 'key'],
    ['value', 'value'],
  ] as const) {
    const bytes = Buffer.from(broken)
    bytes[bytes.indexOf(word)] = 0xff
    t.match(await publishRaw(client, bytes), { code: 3, details: /is not UTF-8/ }, what)
  }
  t.match(await publishRaw(client, broken.subarray(0, broken.length - 2)), {
    code: 3,
    details: /no protobuf/,
  })

  const bad: [string, string, object, number, RegExp][] = [
    [
      'PUT',
      'subscriptions/bad',
      { topic: TOPIC, pushConfig: { pushEndpoint: 'http://a b/' } },
      400,
      /no URL/,
    ],
    ['PUT', 'subscriptions/bad', { topic: TOPIC, filter: 'attributes.a = "\\x65"' }, 400, /Invalid filter/],
    ['PUT', 'subscriptions/bad', { topic: TOPIC, filter: 'attributes.a = "\t"' }, 400, /Invalid filter/],
    ['PUT', 'subscriptions/bad', { topic: TOPIC, expirationPolicy: { ttl: '60s' } }, 400, /minimum is 1 day/],
    [
      'PUT',
      'subscriptions/bad',
      { topic: TOPIC, labels: { 'Bad Key': 'x' } },
      400,
      /Invalid label "Bad Key"/,
    ],
    [
      'PUT',
      'subscriptions/bad',
      { topic: TOPIC, deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/nowhere' } },
      404,
      /not found/,
    ],
    ['PUT', 'topics/short', { messageRetentionDuration: '60s' }, 400, /10 minutes to 31 days/],
    ['PUT', 'topics/long', { messageRetentionDuration: '2764800s' }, 400, /10 minutes to 31 days/],
    ['POST', 'topics/topic:publish', { messages: [{ attributes: { n: 5 } }] }, 400, /value of n: 5/],
    ['POST', 'topics/topic:publish', { messages: [{ attributes: { n: '\ud800' } }] }, 400, /value of n/],
    ['POST', 'topics/topic:publish', { messages: [{ data: 'a!b' }] }, 400, /no base64/],
    [
      'POST',
      'topics/topic:publish',
      { messages: [{ dato: '' }] },
      400,
      /Unknown name "dato" at 'messages\[0\]'/,
    ],
    ['PUT', 'subscriptions/bad', { topic: TOPIC, retryPolicy: { min: '1s' } }, 400, /"min" at 'retryPolicy'/],
  ]
  for (const [method, path, body, status, message] of bad) {
    const answer = await call(method, path, body)
    t.equal(answer.status, status, JSON.stringify(body))
    t.match(answer.body.error?.message, message)
  }
  t.equal((await call('GET', 'subscriptions/bad')).status, 404, 'nothing was half made')
})

t.test('a pull whose client is gone swallows no message', async (t) => {
  const { cloud, call } = await open(t)
  const client = grpcClient(t, cloud)
  const request = Buffer.from(v1.PullRequest.encode({ subscription: SUB, maxMessages: 1 }).finish())
  const late = () =>
    new Promise<number>((resolve) => {
      const deadline = Date.now() + 300
      client.makeUnaryRequest(
        '/google.pubsub.v1.Subscriber/Pull',
        identity,
        identity,
        request,
        { deadline },
        (error) => resolve(error?.code ?? 0),
      )
    })
  t.same(await Promise.all([late(), late(), late()]), [4, 4, 4], 'gRPC deadlines')
  const hangUp = () => call('POST', 'subscriptions/sub:pull', { maxMessages: 1 }, AbortSignal.timeout(300))
  await Promise.all([t.rejects(hangUp()), t.rejects(hangUp())])
  // another request behind them: by its answer the server has seen that they hung up
  await call('GET', 'topics/topic')
  await call('POST', 'topics/topic:publish', { messages: [text('x')] })
  const { body } = await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 })
  t.equal(body.receivedMessages?.length, 1)
})

t.test('a stream is told that its subscription was deleted, or is pushed now', async (t) => {
  const { cloud, call } = await open(t)
  const client = grpcClient(t, cloud)
  const first = pullStream(client, {})
  await first.answered
  await call('DELETE', 'subscriptions/sub')
  t.match(await first.ended, { code: 5, details: /Subscription does not exist/ })
  await call('PUT', 'subscriptions/sub', { topic: TOPIC })
  const second = pullStream(client, {})
  await second.answered
  const pushConfig = { pushEndpoint: 'http://127.0.0.1:9/' }
  await call('POST', 'subscriptions/sub:modifyPushConfig', { pushConfig })
  t.match(await second.ended, { code: 9 })
  t.match(await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 }), { status: 400 })
  t.match(await pullStream(client, {}).ended, { code: 9 })
})

t.test('a pull that waits is answered when its subscription is deleted', async (t) => {
  const { call } = await open(t)
  const waiting = call('POST', 'subscriptions/sub:pull', { maxMessages: 1 })
  // another request behind it: by its answer the pull is there
  await call('GET', 'topics/topic')
  await call('DELETE', 'subscriptions/sub')
  t.match(await waiting, { status: 200, body: {} })
})

t.test('a dead letter keeps the ordering key of its message', async (t) => {
  const { call } = await open(t)
  await call('PUT', 'topics/dead', {})
  await call('PUT', 'subscriptions/dead', { topic: 'projects/p/topics/dead' })
  const deadLetterPolicy = { deadLetterTopic: 'projects/p/topics/dead', maxDeliveryAttempts: 5 }
  await call('PUT', 'subscriptions/poisoned', { topic: TOPIC, deadLetterPolicy })
  await call('POST', 'topics/topic:publish', { messages: [{ ...text('x'), orderingKey: 'k' }] })
  for (let attempt = 1; attempt <= 5; attempt++) {
    const { body } = await call('POST', 'subscriptions/poisoned:pull', { maxMessages: 1 })
    const ackIds = body.receivedMessages!.map(({ ackId }) => ackId)
    await call('POST', 'subscriptions/poisoned:modifyAckDeadline', { ackIds, ackDeadlineSeconds: 0 })
  }
  const { body } = await call('POST', 'subscriptions/dead:pull', { maxMessages: 1 })
  t.match(body.receivedMessages, [{ message: { orderingKey: 'k' } }])
})

t.test('a stream takes as many bytes as it asked for, 100 messages at once, and no new limits', async (t) => {
  const { cloud, call } = await open(t)
  const client = grpcClient(t, cloud)
  await call('POST', 'topics/topic:publish', {
    messages: Array.from({ length: 300 }, () => text('x'.repeat(1000))),
  })
  const stream = pullStream(client, { maxOutstandingBytes: 5000 })
  await until(() => stream.received.length > 0)
  t.equal(stream.received.length, 5)
  stream.send({ ackIds: stream.received.slice(0, 2) })
  await until(() => stream.received.length > 5)
  t.equal(stream.received.length, 7)
  stream.send({ maxOutstandingBytes: 10_000 })
  t.match(await stream.ended, { code: 3, details: /first message/ })
  const other = pullStream(client, {})
  await other.answered
  // the first stream has five of them still
  await until(() => other.received.length >= 293)
  t.equal(Math.max(...other.sizes), 100)
  other.send({ streamAckDeadlineSeconds: 5 })
  t.match(await other.ended, { code: 3, details: /10 to 600/ })
})

t.test('an ack id of one subscription settles nothing of another', async (t) => {
  const { cloud, call } = await open(t)
  await call('PUT', 'subscriptions/other', { topic: TOPIC })
  await call('POST', 'topics/topic:publish', { messages: [text('x')] })
  const [one] = (await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 })).body.receivedMessages!
  const [two] = (await call('POST', 'subscriptions/other:pull', { maxMessages: 1 })).body.receivedMessages!
  t.not(one!.ackId, two!.ackId)
  await call('POST', 'subscriptions/other:acknowledge', { ackIds: [one!.ackId] })
  t.same(cloud.backlog(), { [SUB]: 1, 'projects/p/subscriptions/other': 1 })
})

t.test('an endpoint that says no is asked less and less often', async (t) => {
  const { call } = await open(t)
  const times: number[] = []
  const server = http.createServer((request, response) => {
    times.push(performance.now())
    request.resume()
    response.writeHead(times.length < 5 ? 503 : 200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await call('PUT', 'subscriptions/pushed', { topic: TOPIC, pushConfig: { pushEndpoint } })
  await call('POST', 'topics/topic:publish', { messages: [text('x')] })
  await until(() => times.length === 5)
  const gaps = times.slice(1).map((time, index) => time - times[index]!)
  for (const [index, least] of [100, 200, 400, 800].entries())
    t.ok(gaps[index]! >= least * 0.95, `${gaps[index]} ms`)
})

t.test('a mask that names a field of a message changes that field alone', async (t) => {
  const { call } = await open(t)
  const retryPolicy = { minimumBackoff: '10s', maximumBackoff: '20s' }
  await call('PUT', 'subscriptions/masked', { topic: TOPIC, retryPolicy })
  const change = (updateMask: string, subscription: object) =>
    call('PATCH', 'subscriptions/masked', { subscription, updateMask })
  const minimum = { retryPolicy: { minimumBackoff: '15s' } }
  t.match(await change('retryPolicy.minimumBackoff', minimum), {
    body: { retryPolicy: { minimumBackoff: '15s', maximumBackoff: '20s' } },
  })
  t.match(
    await change('deadLetterPolicy.maxDeliveryAttempts', { deadLetterPolicy: { maxDeliveryAttempts: 7 } }),
    {
      status: 400,
      body: { error: { message: /no dead_letter_topic/ } },
    },
  )
  t.match(await change('retryPolicy.nothing', minimum), { status: 400 })
  const pushConfig = { pushEndpoint: 'http://127.0.0.1:1/', attributes: { 'x-goog-version': 'v1' } }
  t.match(await change('pushConfig', { pushConfig }), { status: 200 })
  const moved = { pushConfig: { pushEndpoint: 'http://127.0.0.1:2/' } }
  t.match(await change('push_config.push_endpoint', moved), {
    body: { pushConfig: { ...pushConfig, ...moved.pushConfig } },
  })
  const inQuery = await call('PATCH', 'subscriptions/masked?updateMask=ackDeadlineSeconds', {
    subscription: { ackDeadlineSeconds: 44 },
  })
  t.match(inQuery, { status: 200, body: { ackDeadlineSeconds: 44 } })
})

t.test('REST takes both spellings of a name, and ordering keys', async (t) => {
  const { call } = await open(t)
  const created = await call('PUT', 'subscriptions/snake', {
    topic: TOPIC,
    ack_deadline_seconds: 33,
    retry_policy: { minimum_backoff: '5s' },
  })
  t.match(created, { status: 200, body: { ackDeadlineSeconds: 33, retryPolicy: { minimumBackoff: '5s' } } })
  await call('POST', 'topics/topic:publish', { messages: [{ ...text('x'), ordering_key: 'k' }] })
  const { body } = await call('POST', 'subscriptions/snake:pull', { max_messages: 1 })
  t.match(body, { receivedMessages: [{ message: { orderingKey: 'k' } }] })
})

t.test('lists come in pages, over REST and gRPC', async (t) => {
  const { cloud, call } = await open(t)
  const client = grpcClient(t, cloud)
  for (const id of ['aaa', 'bbb', 'ccc', 'ddd']) await call('PUT', `topics/${id}`, {})
  for (const id of ['one', 'two']) await call('PUT', `subscriptions/${id}`, { topic: TOPIC })
  const named = (ids: string) => ids.split(' ').map((id) => ({ name: `projects/p/${id}` }))
  const topics = ['topics/aaa topics/bbb', 'topics/ccc topics/ddd', 'topics/topic'].map(named)
  const subscriptions = ['subscriptions/one subscriptions/sub', 'subscriptions/two'].map(named)
  const attached = subscriptions.map((page) => page.map(({ name }) => name))
  const lists = [
    ['topics', 'topics', 'Publisher', 'ListTopics', topics],
    ['subscriptions', 'subscriptions', 'Subscriber', 'ListSubscriptions', subscriptions],
    ['topics/topic/subscriptions', 'subscriptions', 'Publisher', 'ListTopicSubscriptions', attached],
  ] as const
  for (const [path, list, service, method, expected] of lists) {
    const byRest = async (token: string) =>
      (await call('GET', `${path}?pageSize=2&pageToken=${token}`)).body as unknown
    const byGrpc = async (pageToken: string) => {
      const asked = { project: 'projects/p', topic: TOPIC, pageSize: 2, pageToken }
      const request = Buffer.from(v1[`${method}Request`].encode(asked).finish())
      const bytes = await new Promise<Buffer>((resolve, reject) =>
        client.makeUnaryRequest(
          `/google.pubsub.v1.${service}/${method}`,
          identity,
          identity,
          request,
          (error, answer) => (error ? reject(error) : resolve(answer!)),
        ),
      )
      return v1[`${method}Response`].decode(bytes) as unknown
    }
    for (const ask of [byRest, byGrpc]) {
      const pages: unknown[] = []
      for (let token: string | undefined = ''; token !== undefined;) {
        const answer = (await ask(token)) as Record<string, string>
        pages.push(answer[list])
        token = answer['nextPageToken'] || undefined
      }
      t.match(pages, expected, method)
      t.equal(pages.length, expected.length)
    }
  }
  t.match(await call('GET', 'topics?pageToken=garbage'), { status: 400 })
  t.match(await call('GET', 'subscriptions?pageSize=-1'), { status: 400 })
})

t.test('faults: no answer to a publish, late acks, no permission, redelivery', async (t) => {
  const { cloud, call } = await open(t)
  const publish = (signal?: AbortSignal) =>
    call('POST', 'topics/topic:publish', { messages: [text('x')] }, signal)
  const backlog = () => cloud.backlog()[SUB]
  cloud.faults.set({ rules: [{ on: 'pubsub.publish', do: 'stall', at: [1] }] })
  await t.rejects(publish(AbortSignal.timeout(500)))
  await until(() => backlog() === 1)
  cloud.faults.set({ rules: [{ on: 'pubsub.publish', do: 'error', status: 'PERMISSION_DENIED', at: [1] }] })
  t.match(await publish(), { status: 403, body: { error: { status: 'PERMISSION_DENIED' } } })
  const client = grpcClient(t, cloud)
  cloud.faults.set({ rules: [{ on: 'pubsub.open_pull', do: 'error', status: 'UNAUTHENTICATED', at: [1] }] })
  t.match(await pullStream(client, {}).ended, { code: 16 })
  cloud.faults.set({ rules: [{ on: 'pubsub.deliver_batch', do: 'redeliver', at: [1, 2] }] })
  const stream = pullStream(client, {})
  await until(() => stream.received.length === 3)
  t.equal(new Set(stream.received).size, 3, 'three deliveries of one message')
  cloud.faults.set({ rules: [{ on: 'pubsub.ack', do: 'delay', ms: 300, at: [1] }] })
  stream.send({ ackIds: [stream.received.at(-1)] })
  await call('GET', 'topics/topic')
  t.equal(backlog(), 1, 'not yet')
  await until(() => backlog() === 0)
})
