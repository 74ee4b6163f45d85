import type { Trouble } from '../../faults/faults.ts'
import { GoogleError, toGoogleError } from '../../google-error.ts'
import type { Call } from '../../grpc/call.ts'
import { v1 } from './protos.ts'
import type { PubSub } from '../pubsub.ts'
import { encodeReceivedMessages } from '../messages/received-messages.ts'
import { checkStreamDeadline, type Confirmation } from '../subscriptions/settlements.ts'
import type { Consumer, Lease } from '../messages/consumer.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { propertiesOf } from '../subscriptions/subscription-properties.ts'

// A client that is full reads no further: what waits for it in a large response runs out of its lease as a whole, and
// comes again as a whole. Small ones are shared out among the streams, and cost no speed.
const LARGEST_RESPONSE = 100

// cloud.google.com/pubsub/docs/streamingpull-troubleshooting: streams always close, with a status that is not OK.
// Clients saw it after 15 to 30 minutes, in these words: googleapis/nodejs-pubsub#1135, googleapis/python-pubsub#504.
const STREAM_AGE_MS = 1_800_000
const END_OF_STREAM = 'The service was unable to fulfill your request. Please try again. [code=8a75]'

/** One StreamingPull call: deliveries out, acks and deadline changes in, within the flow control that was asked for. */
export class StreamingPull implements Consumer {
  readonly #cloud: PubSub
  readonly #call: Call<Buffer, Buffer>
  readonly #trouble: Trouble
  #subscription: Subscription | undefined
  #deadlineSeconds = 10
  #mostMessages = Number.POSITIVE_INFINITY
  #mostBytes = Number.POSITIVE_INFINITY
  #protocolVersion = 0
  #messages = 0
  #bytes = 0
  #blocked = false
  #left = false
  readonly #end: NodeJS.Timeout

  constructor(cloud: PubSub, call: Call<Buffer, Buffer>, trouble: Trouble, ageMs = STREAM_AGE_MS) {
    this.#cloud = cloud
    this.#call = call
    this.#trouble = trouble
    // give or take a tenth: streams that were opened together do not end together
    const end = () => this.#fail(new GoogleError('UNAVAILABLE', END_OF_STREAM))
    this.#end = setTimeout(end, ageMs * (0.9 + Math.random() / 5)).unref()
  }

  start(): void {
    const call = this.#call
    call.on('data', (bytes: Buffer) => this.#receive(bytes))
    call.on('drain', () => {
      this.#blocked = false
      this.#subscription?.kick()
    })
    // however it ends: also where what comes cannot be read
    call.on('close', () => this.#leave())
    call.on('end', () => {
      this.#leave()
      call.end()
    })
  }

  room(): number {
    return this.#left || this.#blocked || this.#bytes >= this.#mostBytes
      ? 0
      : Math.max(0, Math.min(this.#mostMessages - this.#messages, LARGEST_RESPONSE))
  }

  roomBytes(): number {
    return this.#mostBytes - this.#bytes
  }

  ended(why: GoogleError): void {
    this.#fail(why)
  }

  ackDeadlineSeconds(): number {
    return this.#deadlineSeconds
  }

  released(bytes: number): void {
    this.#messages--
    this.#bytes -= bytes
  }

  deliver(leases: readonly Lease[]): void {
    for (const { message } of leases) this.#bytes += message.size
    this.#messages += leases.length
    this.#blocked = !this.#call.write(
      encodeReceivedMessages(leases, propertiesOf(this.#subscription!.config)),
    )
    const { faults, dropConnections } = this.#trouble
    const batch = faults.at('pubsub.deliver_batch')
    if (batch?.kind === 'drop') dropConnections()
    else if (batch?.kind === 'redeliver') this.#giveBack(leases)
    const end = faults.at('pubsub.pull_stream')
    if (end) this.#fail(end.error)
  }

  #receive(bytes: Buffer): void {
    if (this.#left) return
    try {
      const request = v1.StreamingPullRequest.decode(bytes)
      if (this.#subscription) this.#next(this.#subscription, request)
      else this.#open(request)
    } catch (error) {
      this.#fail(toGoogleError(error))
    }
  }

  #open(request: InstanceType<typeof v1.StreamingPullRequest>): void {
    if (request.subscription === '')
      throw new GoogleError('INVALID_ARGUMENT', 'The first request names no subscription.')
    const seconds = checkStreamDeadline(request.streamAckDeadlineSeconds)
    const fault = this.#trouble.faults.at('pubsub.open_pull')
    if (fault) throw fault.error
    this.#subscription = this.#cloud.registry.pulled(request.subscription)
    this.#deadlineSeconds = seconds
    this.#protocolVersion = Number(request.protocolVersion)
    this.#mostMessages = limit(Number(request.maxOutstandingMessages))
    this.#mostBytes = limit(Number(request.maxOutstandingBytes))
    this.#settle(this.#subscription, request)
    // Google tells early what kind of subscription this is; clients wait for it before they report that they are ready
    this.#respond({})
    this.#subscription.attach(this)
  }

  #next(subscription: Subscription, request: InstanceType<typeof v1.StreamingPullRequest>): void {
    if (request.subscription !== '') {
      throw new GoogleError('INVALID_ARGUMENT', 'subscription may only be set in first message')
    }
    if (Number(request.maxOutstandingMessages) !== 0 || Number(request.maxOutstandingBytes) !== 0) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        'max_outstanding_messages and max_outstanding_bytes may only be set in first message',
      )
    }
    if (request.streamAckDeadlineSeconds !== 0)
      this.#deadlineSeconds = checkStreamDeadline(request.streamAckDeadlineSeconds)
    const settled = this.#settle(subscription, request)
    // an empty request is a keepalive: a client of protocol 1 ends a stream that leaves it unanswered for 15 s
    if (!settled && this.#protocolVersion >= 1) this.#respond({})
  }

  #respond(response: object): void {
    const own = v1.StreamingPullResponse.encode(response).finish()
    this.#call.write(Buffer.concat([own, propertiesOf(this.#subscription!.config)]))
  }

  #settle(subscription: Subscription, request: InstanceType<typeof v1.StreamingPullRequest>): boolean {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        'modify_deadline_seconds and modify_deadline_ack_ids differ in length',
      )
    }
    const { settlements } = this.#cloud
    if (ackIds.length > 0)
      this.#confirm('acknowledgeConfirmation', settlements.acknowledge(subscription, ackIds))
    for (const [seconds, ids] of groupBySeconds(modifyDeadlineAckIds, modifyDeadlineSeconds)) {
      const confirmation = settlements.modifyAckDeadline(subscription, ids, seconds)
      this.#confirm('modifyAckDeadlineConfirmation', confirmation)
    }
    return ackIds.length > 0 || modifyDeadlineAckIds.length > 0
  }

  #confirm(field: string, confirmation: Confirmation | undefined): void {
    if (confirmation) this.#respond({ [field]: confirmation })
  }

  #giveBack(leases: readonly Lease[]): void {
    const ackIds = leases.map(({ ackId }) => ackId)
    this.#subscription?.modifyAckDeadline(ackIds, 0)
  }

  /** Ends the stream. What it delivered stays leased until its deadline, as at Google. */
  #fail(error: GoogleError): void {
    if (this.#left) return
    this.#leave()
    this.#call.fail(error)
  }

  #leave(): void {
    this.#left = true
    clearTimeout(this.#end)
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
