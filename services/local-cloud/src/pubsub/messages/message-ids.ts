const DIGITS = 6
const MOST = 10 ** DIGITS
const LEAST = MOST / 10

/**
 * Ids that grow, and never repeat over restarts: they start from the clock, in microseconds. The last digits are counted apart from the
 * others: to write all sixteen anew takes a microsecond, as long as all else that becomes of a small message.
 */
export class MessageIds {
  #first: number
  #firstText: string
  /** Always of six digits, so that no zeros are to be filled in. */
  #last: number

  /** @param nowMs milliseconds since 1970 */
  constructor(nowMs: number) {
    const micros = Math.floor(nowMs * 1000)
    this.#first = Math.floor(micros / MOST)
    this.#firstText = String(this.#first)
    this.#last = Math.max(micros % MOST, LEAST)
  }

  next(): string {
    if (this.#last === MOST) {
      this.#firstText = String(++this.#first)
      this.#last = LEAST
    }
    return this.#firstText + String(this.#last++)
  }
}
