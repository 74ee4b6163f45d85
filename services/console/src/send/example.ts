interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly items?: Schema
  readonly minItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
}

/** A value that a JSON Schema of a contract allows, to begin with: what is required, and nothing else. */
export function exampleOf(schema: object, name: string, now: Date): unknown {
  const {
    type,
    const: only,
    enum: choices,
    format,
    items = {},
    anyOf,
    properties = {},
    required = [],
  } = schema as Schema
  const { minimum, maximum = Infinity, exclusiveMinimum, minItems = 1 } = schema as Schema
  if (only !== undefined) return only
  if (choices) return choices[0]
  if (anyOf) return exampleOf(anyOf[0]!, name, now)
  switch (type) {
    case 'object':
      return Object.fromEntries(required.map((key) => [key, exampleOf(properties[key] ?? {}, key, now)]))
    case 'array':
      return Array.from({ length: minItems }, () => exampleOf(items, name, now))
    case 'integer':
    case 'number':
      return Math.min(Math.max(1, minimum ?? 1, (exclusiveMinimum ?? 0) + 1), maximum)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      if (format === 'date-time') return now.toISOString()
      if (format === 'date') return now.toISOString().slice(0, 10)
      return `${name.replaceAll('_', '-')}-1`
  }
}
