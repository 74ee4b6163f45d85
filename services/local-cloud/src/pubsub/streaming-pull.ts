import type * as grpc from '@grpc/grpc-js'
import type { Trouble } from '../faults/faults.ts'
import { GoogleError, toGoogleError } from '../google-error.ts'
import { checkAckIds, checkDeadline } from './settlement-checks.ts'
import { v1 } from './protos.ts'
import type { PubSub } from './pubsub.ts'
import { encodeReceivedMessages } from './received-messages.ts'
import type { Consumer, Lease, Subscription } from './subscription.ts'

const EMPTY_RESPONSE = Buffer.alloc(0)

/** One StreamingPull call: deliveries out, acks and deadline changes in, within the flow control that was asked for. */
export class StreamingPull implements Consumer {
  readonly #cloud: PubSub
  readonly #call: grpc.ServerDuplexStream<Buffer, Buffer>
  readonly #trouble: Trouble
  #subscription: Subscription | undefined
  #deadlineSeconds = 10
  #mostMessages = Number.POSITIVE_INFINITY
  #mostBytes = Number.POSITIVE_INFINITY
  #protocolVersion = 0
  #messages = 0
  #bytes = 0
  #blocked = false

  constructor(cloud: PubSub, call: grpc.ServerDuplexStream<Buffer, Buffer>, trouble: Trouble) {
    this.#cloud = cloud
    this.#call = call
    this.#trouble = trouble
  }

  start(): void {
    const call = this.#call
    call.on('data', (bytes: Buffer) => this.#receive(bytes))
    call.on('drain', () => {
      this.#blocked = false
      this.#subscription?.kick()
    })
    call.on('cancelled', () => this.#leave())
    call.on('error', () => this.#leave())
    call.on('end', () => {
      this.#leave()
      call.end()
    })
  }

  room(): number {
    return this.#blocked || this.#bytes >= this.#mostBytes
      ? 0
      : Math.max(0, this.#mostMessages - this.#messages)
  }

  ackDeadlineSeconds(): number {
    return this.#deadlineSeconds
  }

  released(bytes: number): void {
    this.#messages--
    this.#bytes -= bytes
  }

  deliver(leases: readonly Lease[]): void {
    for (const { message } of leases) this.#bytes += message.body.length
    this.#messages += leases.length
    this.#blocked = !this.#call.write(encodeReceivedMessages(leases))
    if (this.#trouble.faults.at('pubsub.deliver_batch')) this.#trouble.dropConnections()
  }

  #receive(bytes: Buffer): void {
    try {
      const request = v1.StreamingPullRequest.decode(bytes)
      if (this.#subscription) this.#next(this.#subscription, request)
      else this.#open(request)
    } catch (error) {
      this.#leave()
      this.#call.emit('error', toGoogleError(error))
    }
  }

  #open(request: InstanceType<typeof v1.StreamingPullRequest>): void {
    const { streamAckDeadlineSeconds: seconds } = request
    if (request.subscription === '')
      throw new GoogleError('INVALID_ARGUMENT', 'The first request names no subscription.')
    if (seconds < 10 || seconds > 600) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid stream_ack_deadline_seconds ${seconds}: it must be 10 to 600.`,
      )
    }
    const fault = this.#trouble.faults.at('pubsub.open_pull')
    if (fault) throw fault.error
    this.#subscription = this.#cloud.subscription(request.subscription)
    this.#deadlineSeconds = seconds
    this.#protocolVersion = Number(request.protocolVersion)
    this.#mostMessages = limit(Number(request.maxOutstandingMessages))
    this.#mostBytes = limit(Number(request.maxOutstandingBytes))
    this.#settle(this.#subscription, request)
    // Google tells early what kind of subscription this is; clients wait for it before they report that they are ready
    const properties = {
      subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled: false },
    }
    this.#call.write(Buffer.from(v1.StreamingPullResponse.encode(properties).finish()))
    this.#subscription.attach(this)
  }

  #next(subscription: Subscription, request: InstanceType<typeof v1.StreamingPullRequest>): void {
    if (request.subscription !== '') {
      throw new GoogleError('INVALID_ARGUMENT', 'subscription may only be set in first message')
    }
    if (request.streamAckDeadlineSeconds !== 0)
      this.#deadlineSeconds = checkDeadline(request.streamAckDeadlineSeconds)
    const settled = this.#settle(subscription, request)
    // an empty request is a keepalive: a client of protocol 1 ends a stream that leaves it unanswered for 15 s
    if (!settled && this.#protocolVersion >= 1) this.#call.write(EMPTY_RESPONSE)
  }

  #settle(subscription: Subscription, request: InstanceType<typeof v1.StreamingPullRequest>): boolean {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        'modify_deadline_seconds and modify_deadline_ack_ids differ in length',
      )
    }
    if (ackIds.length > 0) {
      const { faults } = this.#trouble
      subscription.acknowledge(faults.spared('pubsub.ack', checkAckIds(ackIds)))
    }
    for (const [seconds, ids] of groupBySeconds(modifyDeadlineAckIds, modifyDeadlineSeconds)) {
      subscription.modifyAckDeadline(checkAckIds(ids), checkDeadline(seconds))
    }
    return ackIds.length > 0 || modifyDeadlineAckIds.length > 0
  }

  #leave(): void {
    this.#subscription?.detach(this)
  }
}

/** Google's rule: zero and negative mean no limit. */
function limit(asked: number): number {
  return asked > 0 ? asked : Number.POSITIVE_INFINITY
}

function groupBySeconds(ids: readonly string[], seconds: readonly number[]): Map<number, string[]> {
  const groups = new Map<number, string[]>()
  ids.forEach((id, index) => {
    const key = seconds[index]!
    const group = groups.get(key)
    if (group) group.push(id)
    else groups.set(key, [id])
  })
  return groups
}
