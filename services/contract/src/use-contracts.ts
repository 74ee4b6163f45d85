import { forgetDestinations } from './destination.ts'
import type { EventTypeDefinition } from './event-type.ts'
import { know } from './known-types.ts'

/**
 * Makes event types known beside the catalogue's, or in the place of one that has the same name. Who starts a process, or a thread, says
 * so once and before the first event: what was judged and placed before it was so without them.
 */
export function useContracts(definitions: readonly EventTypeDefinition[]): void {
  know(definitions)
  forgetDestinations()
}
