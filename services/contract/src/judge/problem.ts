/** One thing that is wrong with an event of a known type. */
export interface Problem {
  /** JSON pointer to the field: `/items/0/quantity`. */
  readonly path: string
  /** The rule that the value breaks, in JSON Schema's words: required, enum, type, minItems, format, minimum … */
  readonly rule: string
  /** What is asked for, in words. */
  readonly message: string
  /** The value that stands there; undefined where the field is missing. */
  readonly value: unknown
}
