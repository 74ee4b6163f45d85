import { tellTypeField } from '../known/type-field.ts'
import { useContracts } from './use-contracts.ts'

/**
 * Makes another field than `event_type` the one that names the type of an event. Who starts a process, or a thread, says so once, before
 * the contracts, which are read by it, and before the first event.
 *
 * @throws Error for a name that no such field can have: empty, nested, or that of a column which every table has
 */
export function useTypeField(name: string): void {
  tellTypeField(name)
  useContracts([])
}
