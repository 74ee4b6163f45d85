import * as catalogue from './catalogue.ts'
import type { EventTypeDefinition } from './event-type.ts'

/** The event types that the product itself knows. */
export const CATALOGUE: readonly EventTypeDefinition[] = Object.values(catalogue)

const byType = (definitions: readonly EventTypeDefinition[]): ReadonlyMap<string, EventTypeDefinition> =>
  new Map(definitions.map((definition) => [definition.type, definition]))

let known = byType(CATALOGUE)

/** The event types that are known beforehand: the catalogue's, and those that contracts told of at the start (use-contracts.ts). */
export function knownTypes(): readonly EventTypeDefinition[] {
  return [...known.values()]
}

export function knownType(eventType: string): EventTypeDefinition | undefined {
  return known.get(eventType)
}

/** Of two definitions of a type the given one counts, and not the catalogue's. */
export function know(definitions: readonly EventTypeDefinition[]): void {
  known = byType([...CATALOGUE, ...definitions])
}
