import { GoogleError } from '../google-error.ts'
import type { Faults } from '../faults/faults.ts'
import { isAckId, type Subscription } from './subscription.ts'

export function checkAckIds(ackIds: readonly string[]): readonly string[] {
  if (ackIds.length === 0) throw new GoogleError('INVALID_ARGUMENT', 'No ack ids specified.')
  const bad = ackIds.find((ackId) => !isAckId(ackId))
  if (bad !== undefined)
    throw new GoogleError('INVALID_ARGUMENT', `Invalid ack id (ack_id=${bad.slice(0, 100)})`)
  return ackIds
}

export function checkDeadline(seconds: number): number {
  if (seconds >= 0 && seconds <= 600) return seconds
  throw new GoogleError('INVALID_ARGUMENT', `Invalid ack_deadline_seconds ${seconds}: it must be 0 to 600.`)
}

export function checkStreamDeadline(seconds: number): number {
  if (seconds >= 10 && seconds <= 600) return seconds
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid stream_ack_deadline_seconds ${seconds}: it must be 10 to 600.`,
  )
}

/** Acks at once, late, or not at all, as the plan has it. */
export function acknowledge(subscription: Subscription, ackIds: readonly string[], faults: Faults): void {
  const now = faults.takes('pubsub.ack', ackIds, (ackId, fault) => {
    if (fault.kind === 'delay') setTimeout(() => subscription.acknowledge([ackId]), fault.ms).unref()
  })
  subscription.acknowledge(now)
}
