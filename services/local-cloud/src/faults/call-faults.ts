import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './faults.ts'

/** Does the work of a call, or not, as the fault has it. */
export async function withFault<T>(
  fault: Fault | undefined,
  work: () => T | Promise<T>,
  dropConnections: () => void,
): Promise<T> {
  if (!fault) return work()
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms)
      return work()
    case 'lose_answer':
      await work()
      throw fault.error
    case 'stall':
      await work()
      return new Promise<never>(() => {})
    case 'drop':
      dropConnections()
      throw fault.error
    default:
      throw fault.error
  }
}
