import { GoogleError } from '../../google-error.ts'
import type { Consumer, Lease } from '../messages/consumer.ts'
import type { Subscription } from './subscription.ts'

/** Google answers a pull that finds nothing after about 90 s; clients ask again. */
const LONGEST_WAIT_MS = 90_000

/** Who waits for the answer. */
export interface Caller {
  /** Calls the listener when it has hung up; at once, where it did so before. */
  onGone(listener: () => void): void
}

/** One unary pull: what is there at once, else the first messages that come, else nothing. */
export function waitForMessages(
  subscription: Subscription,
  maxMessages: number,
  returnImmediately: boolean,
  caller: Caller,
): Promise<readonly Lease[]> {
  return new Promise((resolve) => {
    let open = true
    const finish = (leases: readonly Lease[]) => {
      open = false
      clearTimeout(timer)
      subscription.detach(consumer)
      resolve(leases)
    }
    const consumer: Consumer = {
      room: () => (open ? maxMessages : 0),
      deliver: finish,
      released: () => {},
      ackDeadlineSeconds: () => subscription.config.ackDeadlineSeconds,
      ended: () => finish([]),
    }
    const timer = setTimeout(() => finish([]), returnImmediately ? 20 : LONGEST_WAIT_MS)
    // who has hung up must swallow no message: it would be away for a whole ack deadline
    caller.onGone(() => finish([]))
    if (open) subscription.attach(consumer)
  })
}

export function checkMaxMessages(maxMessages: number): void {
  if (maxMessages > 0) return
  throw new GoogleError('INVALID_ARGUMENT', `Invalid max_messages ${maxMessages}: it must be positive.`)
}
