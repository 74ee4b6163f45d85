import * as catalogue from './catalogue.ts'
import type { EventTypeDefinition } from './event-type.ts'

/** The event types that are known beforehand, by their names. */
export const CATALOGUE: readonly EventTypeDefinition[] = Object.values(catalogue)

const byType = new Map(CATALOGUE.map((definition) => [definition.type, definition]))

export function knownType(eventType: string): EventTypeDefinition | undefined {
  return byType.get(eventType)
}
