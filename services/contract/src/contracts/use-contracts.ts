import { createHash } from 'node:crypto'
import { forgetDestinations } from '../known/destination.ts'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { CATALOGUE, know } from '../known/known-types.ts'
import { checkContract } from '../judge/read-rules.ts'

/** What a log says of contracts: who has other ones has another digest. */
export interface ContractsTold {
  /** By event type. */
  readonly tables: Readonly<Record<string, string>>
  readonly digest: string
}

/**
 * Makes event types known beside the catalogue's, or in the place of one that has the same name. Who starts a process, or a thread, says
 * so once and before the first event: what was judged and placed before it was so without them.
 *
 * @param tell hears of them, where there are any
 * @throws Error where no event can follow one of them, or of the catalogue's (`checkContract`)
 */
export function useContracts(
  definitions: readonly EventTypeDefinition[],
  tell: (contracts: ContractsTold) => void = () => {},
): void {
  // what is read is not kept: of many types few may ever come
  for (const definition of [...CATALOGUE, ...definitions]) checkContract(definition)
  know(definitions)
  forgetDestinations()
  if (definitions.length > 0) tell(told(definitions))
}

const DIGITS = 12

function told(definitions: readonly EventTypeDefinition[]): ContractsTold {
  const sorted = definitions.toSorted((one, other) => (one.type < other.type ? -1 : 1))
  const digest = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, DIGITS)
  return { tables: Object.fromEntries(sorted.map(({ type, table }) => [type, table])), digest }
}
