import { GoogleError } from '../google-error.ts'
import { isAckId } from './subscription.ts'

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
