import * as grpc from '@grpc/grpc-js'
import { AckResponses, type Message } from '@google-cloud/pubsub'
import t from 'tap'
import { v1 } from '../../src/pubsub/grpc/protos.ts'
import {
  asAfterKill,
  drain,
  message,
  openPubSub,
  SUB,
  temporaryFolder,
  TOPIC,
  type Opened,
} from '../open-pubsub.ts'

const INVALID = 'PERMANENT_FAILURE_INVALID_ACK_ID'
const ahead = { ms: 0 }
const now = () => Date.now() + ahead.ms

async function open(
  t: Parameters<typeof openPubSub>[0],
  more: object = {},
  dataFolder?: string,
): Promise<Opened> {
  const opened = await openPubSub(t, { now, ...(dataFolder !== undefined && { dataFolder }) })
  await opened.call('PUT', 'topics/topic', {})
  await opened.call('PUT', 'subscriptions/sub', { topic: TOPIC, enableExactlyOnceDelivery: true, ...more })
  return opened
}

async function pullOne({ call }: Pick<Opened, 'call'>): Promise<string> {
  const { body } = await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 })
  return body.receivedMessages[0].ackId
}

const ack = ({ call }: Pick<Opened, 'call'>, ...ackIds: string[]) =>
  call('POST', 'subscriptions/sub:acknowledge', { ackIds })
const modify = ({ call }: Pick<Opened, 'call'>, ackDeadlineSeconds: number, ...ackIds: string[]) =>
  call('POST', 'subscriptions/sub:modifyAckDeadline', { ackIds, ackDeadlineSeconds })

const refusal = (metadata: object) => ({
  status: 400,
  body: {
    error: {
      status: 'INVALID_ARGUMENT',
      details: [
        {
          '@type': /ErrorInfo/,
          reason: 'EXACTLY_ONCE_ACKID_FAILURE',
          domain: 'pubsub.googleapis.com',
          metadata,
        },
      ],
    },
  },
})

t.test('the id of the last delivery counts, until its deadline', async (t) => {
  const opened = await open(t)
  await opened.call('POST', 'topics/topic:publish', { messages: [message('x')] })
  const first = await pullOne(opened)
  await modify(opened, 0, first)
  const second = await pullOne(opened)
  t.match(await ack(opened, first), refusal({ [first]: INVALID }))
  t.match(await modify(opened, 60, first), refusal({ [first]: INVALID }))
  ahead.ms += 11_000
  t.match(await ack(opened, second), refusal({ [second]: INVALID }))
  const third = await pullOne(opened)
  t.match(await ack(opened, second, third, 'nonsense'), refusal({ [second]: INVALID, nonsense: INVALID }))
  t.same(opened.cloud.backlog(), { [SUB]: 0 }, 'the good one was acked')
  t.match(await ack(opened, third), { status: 200 }, 'who did not hear of it may ask again')
})

t.test('Google’s client hears of each ack what became of it', async (t) => {
  const { pubsub, cloud } = await open(t)
  const topic = pubsub.topic('topic')
  const subscription = pubsub.subscription('sub')
  const answers: string[] = []
  const done = new Promise<void>((resolve, reject) => {
    subscription.on('error', reject)
    subscription.on('message', (received: Message) => {
      void (async () => {
        answers.push(await received.ackWithResponse())
        if (answers.length === 100) resolve()
      })()
    })
  })
  for (let n = 0; n < 100; n++) await topic.publishMessage({ data: Buffer.from(String(n)) })
  await done
  await subscription.close()
  t.same(new Set(answers), new Set([AckResponses.Success]))
  t.same(cloud.backlog(), { [SUB]: 0 })
})

t.test('a stream is told what becomes of its acks and deadlines', async (t) => {
  const opened = await open(t, { enableMessageOrdering: true })
  const keyed = (text: string) => message(text, { orderingKey: 'k' })
  await opened.call('POST', 'topics/topic:publish', { messages: [keyed('1'), keyed('2')] })
  const client = new grpc.Client(`127.0.0.1:${opened.cloud.pubsubPort}`, grpc.credentials.createInsecure())
  t.teardown(() => client.close())
  const identity = (bytes: Buffer): Buffer => bytes
  const stream = client.makeBidiStreamRequest(
    '/google.pubsub.v1.Subscriber/StreamingPull',
    identity,
    identity,
  )
  stream.on('error', () => {})
  t.teardown(() => stream.cancel())
  const responses: InstanceType<typeof v1.StreamingPullResponse>[] = []
  let arrived = () => {}
  stream.on('data', (bytes: Buffer) => {
    responses.push(v1.StreamingPullResponse.decode(bytes))
    arrived()
  })
  const next = async (which: (one: InstanceType<typeof v1.StreamingPullResponse>) => unknown) => {
    for (;;) {
      const at = responses.findIndex((one) => which(one))
      if (at >= 0) return responses.splice(at, 1)[0]!
      await new Promise<void>((resolve) => (arrived = resolve))
    }
  }
  const send = (request: object) =>
    stream.write(Buffer.from(v1.StreamingPullRequest.encode(request).finish()))
  send({ subscription: SUB, streamAckDeadlineSeconds: 60 })
  const { subscriptionProperties } = await next((one) => one.subscriptionProperties)
  t.match(subscriptionProperties, { exactlyOnceDeliveryEnabled: true, messageOrderingEnabled: true })
  const { receivedMessages } = await next((one) => one.receivedMessages.length > 0)
  const [one, two] = receivedMessages.map(({ ackId }) => ackId!) as [string, string]
  send({ ackIds: [two, 'nonsense'] })
  t.match((await next((each) => each.acknowledgeConfirmation)).acknowledgeConfirmation, {
    ackIds: [],
    invalidAckIds: ['nonsense'],
    unorderedAckIds: [two],
  })
  send({ modifyDeadlineAckIds: [one, 'nonsense'], modifyDeadlineSeconds: [60, 60] })
  t.match((await next((each) => each.modifyAckDeadlineConfirmation)).modifyAckDeadlineConfirmation, {
    ackIds: [one],
    invalidAckIds: ['nonsense'],
  })
  send({ ackIds: [two, one] })
  t.match((await next((each) => each.acknowledgeConfirmation)).acknowledgeConfirmation, {
    ackIds: [one, two],
  })
  t.same(opened.cloud.backlog(), { [SUB]: 0 })
})

t.test(
  'an ack that was confirmed outlives kill -9, and one that could not be written is not confirmed',
  async (t) => {
    const dataFolder = temporaryFolder(t)
    const opened = await open(t, {}, dataFolder)
    const messages = Array.from({ length: 20 }, (_, n) => message(String(n)))
    await opened.call('POST', 'topics/topic:publish', { messages })
    const { body } = await opened.call('POST', 'subscriptions/sub:pull', { maxMessages: 20 })
    const ackIds: string[] = body.receivedMessages.map((one: { ackId: string }) => one.ackId)
    t.match(await ack(opened, ...ackIds.slice(0, 10)), { status: 200 })
    const killed = await openPubSub(t, { dataFolder: asAfterKill(t, dataFolder) })
    t.same(
      await drain(killed, 'sub'),
      messages.slice(10).map((_, n) => String(n + 10)),
    )
    opened.cloud.faults.set({ rules: [{ on: 'pubsub.disk', do: 'full', every: 1 }] })
    t.match(await ack(opened, ackIds[10]!), refusal({ [ackIds[10]!]: 'TRANSIENT_FAILURE_OTHER' }))
    opened.cloud.faults.clear()
    t.match(await ack(opened, ackIds[10]!), { status: 200 })
  },
)

t.test('it is for subscriptions that are pulled, and can be turned on and off', async (t) => {
  const { call } = await open(t)
  const pushConfig = { pushEndpoint: 'http://127.0.0.1:9/' }
  const pushed = { topic: TOPIC, enableExactlyOnceDelivery: true, pushConfig }
  t.match(await call('PUT', 'subscriptions/pushed', pushed), { status: 400 })
  const off = { subscription: { enableExactlyOnceDelivery: false }, updateMask: 'enableExactlyOnceDelivery' }
  t.notOk('enableExactlyOnceDelivery' in (await call('PATCH', 'subscriptions/sub', off)).body)
  await call('POST', 'topics/topic:publish', { messages: [message('x')] })
  const ackId = await pullOne({ call })
  t.match(await ack({ call }, ackId), { status: 200 })
  t.match(await ack({ call }, ackId), { status: 200 }, 'nobody asks')
})
