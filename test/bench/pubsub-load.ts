// Publishers and pullers of `--local-cloud`: Google's messages over bare gRPC or less, so that the load costs little beside the server.
import { createRequire } from 'node:module'
import type { google } from '@google-cloud/pubsub/build/protos/protos.js'
import * as grpc from '@grpc/grpc-js'
import { UnaryLoad } from './unary-load.ts'

const loaded = createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.js') as {
  google: typeof google
}
const { v1 } = loaded.google.pubsub
const TOPIC = 'projects/bench/topics/topic'
const SUBSCRIPTION = 'projects/bench/subscriptions/sub'
const BYTES = 600
/** As many publishers have a connection each. */
const CONNECTIONS = 4
/** Requests that each has under way at once: of one message, and of many. */
const SMALL_IN_FLIGHT = 16
const IN_FLIGHT = 2

const identity = (bytes: Buffer): Buffer => bytes

/** A topic with one subscription, both new. */
export class PubSubLoad {
  readonly #client: grpc.Client
  readonly #port: number

  constructor(port: number) {
    this.#port = port
    const options = { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1 }
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options)
  }

  async open(): Promise<void> {
    await this.#call('Publisher', 'CreateTopic', v1.Topic.encode({ name: TOPIC }).finish())
    const subscription = { name: SUBSCRIPTION, topic: TOPIC, ackDeadlineSeconds: 600 }
    await this.#call('Subscriber', 'CreateSubscription', v1.Subscription.encode(subscription).finish())
  }

  async close(): Promise<void> {
    const subscription = v1.DeleteSubscriptionRequest.encode({ subscription: SUBSCRIPTION }).finish()
    await this.#call('Subscriber', 'DeleteSubscription', subscription)
    await this.#call('Publisher', 'DeleteTopic', v1.DeleteTopicRequest.encode({ topic: TOPIC }).finish())
    this.#client.close()
  }

  /** @returns how many messages were published until it was time, or as many as were wanted */
  async publish(each: number, { seconds, most = Number.POSITIVE_INFINITY }: Until): Promise<number> {
    const messages = Array.from({ length: each }, () => ({ data: Buffer.alloc(BYTES, 'x') }))
    const request = Buffer.from(v1.PublishRequest.encode({ topic: TOPIC, messages }).finish())
    const connections = Array.from(
      { length: CONNECTIONS },
      () => new UnaryLoad(this.#port, '/google.pubsub.v1.Publisher/Publish', request),
    )
    const end = performance.now() + seconds * 1000
    let begun = 0
    let done = 0
    const one = async (connection: UnaryLoad) => {
      while (begun < most && performance.now() < end) {
        begun += each
        const { messageIds } = v1.PublishResponse.decode(await connection.call())
        done += messageIds.length
      }
    }
    const inFlight = each === 1 ? SMALL_IN_FLIGHT : IN_FLIGHT
    await Promise.all(
      connections.flatMap((connection) => Array.from({ length: inFlight }, () => one(connection))),
    )
    for (const connection of connections) connection.close()
    return done
  }

  /** @returns how many messages came over so many streams, and were acked, until it was time, or as many as were wanted */
  async pull(streams: number, { seconds, most = Number.POSITIVE_INFINITY }: Until): Promise<number> {
    let came = 0
    const calls: grpc.ClientDuplexStream<Buffer, Buffer>[] = []
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, seconds * 1000)
      const path = '/google.pubsub.v1.Subscriber/StreamingPull'
      for (let at = 0; at < streams; at++) {
        const call = this.#client.makeBidiStreamRequest(path, identity, identity)
        calls.push(call)
        call.on('error', (error: grpc.ServiceError) => {
          if (error.code !== grpc.status.CANCELLED) reject(error)
        })
        call.on('data', (bytes: Buffer) => {
          const { receivedMessages } = v1.StreamingPullResponse.decode(bytes)
          const ackIds = receivedMessages.map(({ ackId }) => ackId!)
          came += ackIds.length
          call.write(Buffer.from(v1.StreamingPullRequest.encode({ ackIds }).finish()))
          if (came < most) return
          clearTimeout(timer)
          resolve()
        })
        const opening = { subscription: SUBSCRIPTION, streamAckDeadlineSeconds: 600 }
        call.write(Buffer.from(v1.StreamingPullRequest.encode(opening).finish()))
      }
    })
    for (const call of calls) call.cancel()
    return came
  }

  #call(service: 'Publisher' | 'Subscriber', method: string, request: Uint8Array): Promise<Buffer> {
    const path = `/google.pubsub.v1.${service}/${method}`
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, identity, identity, Buffer.from(request), (error, answer) =>
        error ? reject(error) : resolve(answer!),
      )
    })
  }
}

interface Until {
  readonly seconds: number
  readonly most?: number
}
