export interface Filters {
  /** Reason codes; none: every reason. */
  readonly reasons: readonly string[]
  /** Event types; none: every type. */
  readonly types: readonly string[]
  /** JSON pointers to what is wrong; none: every path. */
  readonly paths?: readonly string[]
  /** Of dead letters; none: all of them. */
  readonly ids?: readonly string[]
  /** RFC 3339: when it became a dead letter. */
  readonly since?: string
  readonly until?: string
  /** Those that were replayed already, too. */
  readonly again: boolean
}

/** A row of the view `dead_letter_reasons`. */
export interface DeadLetter {
  readonly deadLetterId: string
  /** When it became one, in microseconds since 1970. */
  readonly at: number
  readonly reason: string
  readonly path: string
  readonly value: string
  readonly message: string
  /** Of the original message; empty where Pub/Sub itself made it a dead letter, which does not tell. */
  readonly messageId: string
  /** More than 1 where it took several messages: data and attributes are those of the first. */
  readonly parts: number
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}
