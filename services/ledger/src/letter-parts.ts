/** One of several messages that a dead letter took: a piece of the bytes, and some of the attributes. */
export interface LetterPart {
  /** NULL where it has none. */
  readonly data: Uint8Array | null
  /** JSON of an object. */
  readonly attributes: string | null
}

const attribute = (name: string) => `JSON_VALUE(letter.attributes, '$."${name}"')`
const PART = `SAFE_CAST(${attribute('dead-letter-part')} AS INT64)`

/**
 * SQL of the parts of a dead letter, in their order, each once. Parameter: `@id`, that of its message.
 *
 * @param deadLetters the full name of the table, in backticks
 */
export function letterPartsQuery(deadLetters: string): string {
  return `SELECT data, TO_JSON_STRING(attributes) AS attributes FROM ${deadLetters} AS letter
    WHERE ${attribute('dead-letter-message-id')} = @id AND ${PART} IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (PARTITION BY ${PART} ORDER BY letter.publish_time) = 1 ORDER BY ${PART}`
}

/** What all of them have, in their order. */
export function joinLetterParts(parts: readonly LetterPart[]): {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
} {
  const attributes = parts.map((part) => JSON.parse(part.attributes ?? '{}') as Record<string, string>)
  return {
    data: Buffer.concat(parts.map(({ data }) => data ?? Buffer.alloc(0))),
    attributes: Object.assign({}, ...attributes) as Record<string, string>,
  }
}
