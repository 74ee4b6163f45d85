import type { Fault, Faults } from '../../faults/faults.ts'
import { GoogleError } from '../../google-error.ts'
import { isAckId, numberOf, type Subscription } from './subscription.ts'

/** What became of the ack ids of a request, by StreamingPullResponse's names. */
export interface Confirmation {
  readonly ackIds: string[]
  readonly invalidAckIds: string[]
  readonly unorderedAckIds: string[]
  readonly temporaryFailedAckIds: string[]
}

/** Acks that were confirmed lately: who did not hear of it asks again. */
const REMEMBERED = 10_000

/**
 * Acks and deadlines. Where a subscription delivers exactly once, each ack id has an answer
 * (cloud.google.com/pubsub/docs/exactly-once-delivery): the id of the last delivery counts, until its deadline.
 */
export class Settlements {
  readonly #faults: Faults
  readonly #keep: () => boolean
  readonly #confirmed = new WeakMap<Subscription, Set<string>>()

  /** @param keep writes what was acked, so that it outlives a restart, and says whether it could */
  constructor(faults: Faults, keep: () => boolean) {
    this.#faults = faults
    this.#keep = keep
  }

  /** @returns what became of each, where the subscription delivers exactly once @throws GoogleError INVALID_ARGUMENT */
  acknowledge(subscription: Subscription, ackIds: readonly string[]): Confirmation | undefined {
    if (subscription.config.enableExactlyOnceDelivery) return this.#acknowledgeEach(subscription, ackIds)
    const now = this.#faults.takes('pubsub.ack', checkAckIds(ackIds), (ackId, { kind, ms }) => {
      if (kind === 'delay') setTimeout(() => subscription.acknowledge([ackId]), ms).unref()
    })
    subscription.acknowledge(now)
    return undefined
  }

  /** @returns as `acknowledge` @throws GoogleError INVALID_ARGUMENT */
  modifyAckDeadline(
    subscription: Subscription,
    ackIds: readonly string[],
    seconds: number,
  ): Confirmation | undefined {
    checkDeadline(seconds)
    if (!subscription.config.enableExactlyOnceDelivery) {
      subscription.modifyAckDeadline(checkAckIds(ackIds), seconds)
      return undefined
    }
    const result = nothing()
    for (const ackId of ackIds) {
      const isInvalid = subscription.stateOf(ackId) === 'invalid'
      result[isInvalid ? 'invalidAckIds' : 'ackIds'].push(ackId)
    }
    subscription.modifyAckDeadline(result.ackIds, seconds)
    return result
  }

  #acknowledgeEach(subscription: Subscription, ackIds: readonly string[]): Confirmation {
    const result = nothing()
    const lost = (ackId: string, { kind, ms }: Fault) => {
      if (kind === 'delay') setTimeout(() => this.#acknowledgeEach(subscription, [ackId]), ms).unref()
      result.temporaryFailedAckIds.push(ackId)
    }
    const confirmed = this.#confirmedOf(subscription)
    // of one ordering key the earlier first, in whatever order they came
    for (const ackId of this.#faults.takes('pubsub.ack', ackIds, lost).toSorted(byNumber)) {
      const state = confirmed.has(ackId) ? 'confirmed' : subscription.stateOf(ackId)
      if (state === 'invalid') result.invalidAckIds.push(ackId)
      else if (state === 'unordered') result.unorderedAckIds.push(ackId)
      else result.ackIds.push(ackId)
      if (state !== 'held') continue
      subscription.acknowledge([ackId])
      confirmed.add(ackId)
      if (confirmed.size > REMEMBERED) confirmed.delete(confirmed.values().next().value!)
    }
    // what is confirmed must not come again, whatever happens to this process
    if (this.#keep()) return result
    return {
      ...result,
      ackIds: [],
      temporaryFailedAckIds: [...result.temporaryFailedAckIds, ...result.ackIds],
    }
  }

  #confirmedOf(subscription: Subscription): Set<string> {
    let confirmed = this.#confirmed.get(subscription)
    if (!confirmed) this.#confirmed.set(subscription, (confirmed = new Set()))
    return confirmed
  }
}

/** @throws GoogleError where not every ack id was confirmed: its ErrorInfo has a reason for each that was not */
export function checkConfirmed(confirmation: Confirmation | undefined): void {
  if (!confirmation) return
  const { invalidAckIds, unorderedAckIds, temporaryFailedAckIds } = confirmation
  const metadata = Object.fromEntries([
    ...invalidAckIds.map((ackId) => [ackId, 'PERMANENT_FAILURE_INVALID_ACK_ID']),
    ...unorderedAckIds.map((ackId) => [ackId, 'TRANSIENT_FAILURE_UNORDERED_ACK_ID']),
    ...temporaryFailedAckIds.map((ackId) => [ackId, 'TRANSIENT_FAILURE_OTHER']),
  ])
  if (Object.keys(metadata).length === 0) return
  throw new GoogleError(
    'INVALID_ARGUMENT',
    'Some acknowledgement ids in the request were invalid. They may have expired, or be malformed.',
    { info: { reason: 'EXACTLY_ONCE_ACKID_FAILURE', domain: 'pubsub.googleapis.com', metadata } },
  )
}

export function checkStreamDeadline(seconds: number): number {
  if (seconds >= 10 && seconds <= 600) return seconds
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid stream_ack_deadline_seconds ${seconds}: it must be 10 to 600.`,
  )
}

function checkAckIds(ackIds: readonly string[]): readonly string[] {
  if (ackIds.length === 0) throw new GoogleError('INVALID_ARGUMENT', 'No ack ids specified.')
  const bad = ackIds.find((ackId) => !isAckId(ackId))
  if (bad !== undefined)
    throw new GoogleError('INVALID_ARGUMENT', `Invalid ack id (ack_id=${bad.slice(0, 100)})`)
  return ackIds
}

function checkDeadline(seconds: number): void {
  if (seconds >= 0 && seconds <= 600) return
  throw new GoogleError('INVALID_ARGUMENT', `Invalid ack_deadline_seconds ${seconds}: it must be 0 to 600.`)
}

function nothing(): Confirmation {
  return { ackIds: [], invalidAckIds: [], unorderedAckIds: [], temporaryFailedAckIds: [] }
}

function byNumber(a: string, b: string): number {
  return numberOf(a) - numberOf(b)
}
