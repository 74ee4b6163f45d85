import type { Consumer, Lease, Subscription } from './subscription.ts'

/** Google answers a pull that finds nothing after about 90 s; clients ask again. */
const LONGEST_WAIT_MS = 90_000

/** One unary pull: what is there at once, else the first messages that come, else nothing. */
export function waitForMessages(
  subscription: Subscription,
  maxMessages: number,
  returnImmediately: boolean,
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
    }
    const timer = setTimeout(() => finish([]), returnImmediately ? 20 : LONGEST_WAIT_MS)
    subscription.attach(consumer)
  })
}
