export type Encoding = 'JSON' | 'BINARY'

/** A definition that was read. */
export interface Checker {
  /** @throws Error that says why the data do not fit */
  check(data: Buffer, encoding: Encoding): void
  /** @param other the same kind of a schema, of an older revision @throws Error that says why both cannot live together */
  compatibleWith(other: Checker): void
}
