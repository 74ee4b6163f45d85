const CALLER = ['querystring', 'params', 'headers', 'body'] as const

type Schema = Readonly<Record<string, unknown>>

/**
 * A route's schema as an API's page shows it: what has a default may be left out. Validation fills defaults in before it asks what is
 * required, so `required` names them, too, for the types of the code. For the `transform` of @fastify/swagger.
 */
export function asCalled<Route extends { readonly schema: object; readonly url: string }>({
  schema,
  url,
}: Route): { schema: Route['schema']; url: string } {
  // a route without a schema is described by its address alone
  const parts = Object.entries(schema ?? {}).map(([name, part]) => [
    name,
    (CALLER as readonly string[]).includes(name) ? mayLeaveOut(part) : part,
  ])
  return { schema: Object.fromEntries(parts) as Route['schema'], url }
}

function mayLeaveOut(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(mayLeaveOut)
  if (typeof part !== 'object' || part === null) return part
  const told = Object.fromEntries(Object.entries(part).map(([name, each]) => [name, mayLeaveOut(each)]))
  const { properties, required } = told as { properties?: Record<string, Schema>; required?: unknown }
  if (properties === undefined || !Array.isArray(required)) return told
  const asked = required.filter((name: string) => properties[name]?.['default'] === undefined)
  return asked.length === 0 ? without(told, 'required') : { ...told, required: asked }
}

function without(schema: Schema, name: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([each]) => each !== name))
}
