import * as catalogue from '../catalogue.ts'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { TYPE_FIELD, typeField } from './type-field.ts'

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
  known = byType([...CATALOGUE.flatMap((definition) => named(definition, typeField())), ...definitions])
}

/**
 * A type of the catalogue whose events name it in another field; none where they have a field of that name with another meaning: what the
 * catalogue says is said of other events then.
 */
function named(definition: EventTypeDefinition, field: string): readonly EventTypeDefinition[] {
  const { schema } = definition
  if (field === TYPE_FIELD) return [definition]
  if (schema.properties[field] !== undefined) return []
  const nameOf = (name: string) => (name === TYPE_FIELD ? field : name)
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, each]) => [nameOf(name), each]),
  )
  const required = schema.required.map(nameOf)
  return [{ ...definition, schema: { ...schema, properties, required } as unknown as typeof schema }]
}
