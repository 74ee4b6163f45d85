import { PubSub, v1 } from '@google-cloud/pubsub'
import { Metadata, type ServiceError } from '@grpc/grpc-js'
import type { PublishCalls } from './publish-calls.ts'

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
    serialize: (request: Uint8Array) => Buffer,
    deserialize: (bytes: Buffer) => PublishResponse,
    request: Uint8Array,
    metadata: Metadata,
    options: { readonly deadline: number },
    callback: (error: ServiceError | null, answer?: PublishResponse) => void,
  ): unknown
}

const asItIs = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

/** Google's client, as far as a publisher needs it. */
export async function pubsubCalls(projectId: string, topicName: string): Promise<PublishCalls> {
  const client = new PubSub({ projectId })
  const publisher = new v1.PublisherClient(
    (await client.getClientConfig()) as ConstructorParameters<typeof v1.PublisherClient>[0],
  )
  await publisher.initialize()
  const stub = (await publisher.publisherStub) as unknown as PublishStub
  const { path, responseDeserialize } = stub.constructor.service.Publish
  const metadata = new Metadata()
  metadata.set(
    'x-goog-request-params',
    `topic=${encodeURIComponent(publisher.projectTopicsPath(projectId, topicName))}`,
  )
  return {
    publish: (request, tryMs) =>
      new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + tryMs }
        stub.makeUnaryRequest(
          path,
          asItIs,
          responseDeserialize,
          request,
          metadata,
          options,
          (error, answer) => (error ? reject(error) : resolve(answer?.messageIds ?? [])),
        )
      }),
    async exists() {
      const [isThere] = await client.topic(topicName).exists()
      return isThere
    },
    async close() {
      await publisher.close()
      await client.close()
    },
  }
}
