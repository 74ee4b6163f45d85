interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly multipleOf?: number
  readonly examples?: readonly unknown[]
  readonly items?: Schema
  readonly minItems?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
}

/** A value that a JSON Schema of a contract allows, to begin with: what is required, and nothing else. Patterns are not looked at. */
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
    examples = [],
  } = schema as Schema
  const { minimum, maximum = Infinity, exclusiveMinimum, minItems = 1 } = schema as Schema
  const { multipleOf = 0, minLength = 0, maxLength = Infinity } = schema as Schema
  if (examples.length > 0) return examples[0]
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
      return steps(Math.min(Math.max(1, minimum ?? 1, (exclusiveMinimum ?? 0) + 1), maximum), multipleOf)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      if (format === 'date-time') return now.toISOString()
      if (format === 'date') return now.toISOString().slice(0, 10)
      return `${name.replaceAll('_', '-')}-1`.padEnd(minLength, '-').slice(0, maxLength)
  }
}

/** The next number up that is a multiple of the step; the number itself where there is none. */
function steps(value: number, step: number): number {
  return step === 0 ? value : Math.ceil(value / step) * step
}
