import { PubSub, v1 } from '@google-cloud/pubsub'
import { Metadata, type ServiceError } from '@grpc/grpc-js'
import { Batches } from './batches.ts'
import type { OutgoingMessage } from './event-message.ts'
import { PublishRequests } from './publish-request.ts'
import { publishSurely, type TryPublish } from './publish-surely.ts'

export interface Publisher {
  /**
   * Message ids in the order of the messages, once Pub/Sub has them all. Rejects when it has not: with MessageRefused where
   * that is for what is in them.
   *
   * @param lane messages of different lanes share no request, and do not wait for each other
   */
  publish(messages: readonly OutgoingMessage[], lane?: string): Promise<string[]>
  /** Rejects while the topic cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface PublisherOptions {
  /** Messages of one request. */
  readonly mostMessages?: number
  /** Milliseconds until a publish without an answer has failed, with all its tries. */
  readonly longestMs?: number
  /** Called before each request is made: lets others go first. */
  readonly rest?: () => void
}

/** The client is made by the first call that needs it: a service that nobody asks opens no connection. */
export function createPublisher(
  projectId: string,
  topicName: string,
  { mostMessages, longestMs, rest }: PublisherOptions = {},
): Publisher {
  let opened: Promise<Opened> | undefined
  const open = () => (opened ??= openTopic(projectId, topicName, longestMs))
  const lanes = new Map<string, Batches>()
  function laneOf(name: string, send: Opened['send']): Batches {
    const known = lanes.get(name)
    if (known) return known
    const made = new Batches(send, mostMessages, rest)
    lanes.set(name, made)
    return made
  }
  return {
    async publish(messages, lane = '') {
      const { send } = await open()
      return laneOf(lane, send).publish(messages)
    },
    async check() {
      const { client } = await open()
      const [exists] = await client.topic(topicName).exists()
      if (!exists) throw new Error(`topic ${topicName} does not exist in project ${projectId}`)
    },
    async close() {
      if (!opened) return
      const { client, publisher } = await opened
      await Promise.all([...lanes.values()].map((batches) => batches.settled()))
      await publisher.close()
      await client.close()
    },
  }
}

interface Opened {
  readonly client: PubSub
  readonly publisher: v1.PublisherClient
  readonly send: (messages: readonly OutgoingMessage[]) => Promise<readonly string[]>
}

interface PublishResponse {
  readonly messageIds?: readonly string[]
}

/** The part of the generated client that is not in its types: the gRPC client under it, which takes a request as its bytes. */
interface PublishStub {
  readonly constructor: {
    readonly service: {
      readonly Publish: {
        readonly path: string
        readonly responseDeserialize: (bytes: Buffer) => PublishResponse
      }
    }
  }
  makeUnaryRequest(
    path: string,
    serialize: (request: Buffer) => Buffer,
    deserialize: (bytes: Buffer) => PublishResponse,
    request: Buffer,
    metadata: Metadata,
    options: { readonly deadline: number },
    callback: (error: ServiceError | null, answer?: PublishResponse) => void,
  ): unknown
}

const asItIs = (request: Buffer) => request

async function openTopic(
  projectId: string,
  topicName: string,
  longestMs: number | undefined,
): Promise<Opened> {
  const client = new PubSub({ projectId })
  const publisher = new v1.PublisherClient(
    (await client.getClientConfig()) as ConstructorParameters<typeof v1.PublisherClient>[0],
  )
  await publisher.initialize()
  const stub = (await publisher.publisherStub) as unknown as PublishStub
  const topic = publisher.projectTopicsPath(projectId, topicName)
  const requests = new PublishRequests(topic)
  const { path, responseDeserialize } = stub.constructor.service.Publish
  const metadata = new Metadata()
  metadata.set('x-goog-request-params', `topic=${encodeURIComponent(topic)}`)
  // one try: the client's own ones would send the same bytes again
  const tryPublish: TryPublish = (messages, tryMs) =>
    new Promise((resolve, reject) => {
      const request = requests.encode(messages)
      const options = { deadline: Date.now() + tryMs }
      stub.makeUnaryRequest(path, asItIs, responseDeserialize, request, metadata, options, (error, answer) =>
        error ? reject(error) : resolve(answer?.messageIds ?? []),
      )
    })
  const send = (messages: readonly OutgoingMessage[]) => publishSurely(tryPublish, messages, longestMs)
  return { client, publisher, send }
}
