/** Of each id's digits the last ones, which count; always as many, so that no zeros are to be filled in. */
export const DIGITS = 6
const MOST = 10 ** DIGITS
const LEAST = MOST / 10

/** Ids that follow one another, as messages have that were published together. They become text when somebody asks for one. */
export class IdRange {
  /** What all of them begin with. */
  readonly head: string
  /** Of the first one: its last digits. */
  readonly first: number
  readonly count: number

  constructor(head: string, first: number, count: number) {
    this.head = head
    this.first = first
    this.count = count
  }

  at(index: number): string {
    return this.head + String(this.first + index)
  }

  slice(start: number, end: number): IdRange {
    return new IdRange(this.head, this.first + start, end - start)
  }

  all(): string[] {
    return Array.from({ length: this.count }, (_, index) => this.at(index))
  }
}

/** Ids that grow, and never repeat over restarts: they start from the clock, in microseconds, or behind those that were given. */
export class MessageIds {
  #first: number
  #head: string
  #last: number

  /** @param nowMs milliseconds since 1970 */
  constructor(nowMs: number) {
    const micros = Math.floor(nowMs * 1000)
    this.#first = Math.floor(micros / MOST)
    this.#head = String(this.#first)
    this.#last = Math.max(micros % MOST, LEAST)
  }

  /** From now on ids are greater than this one, which an earlier process gave: its clock may have been ahead of ours. */
  startBehind(id: number): void {
    if (id < this.#first * MOST + this.#last) return
    this.#first = Math.floor(id / MOST)
    this.#head = String(this.#first)
    this.#last = Math.max((id % MOST) + 1, LEAST)
  }

  /** The next ones. @param count far fewer than a million */
  next(count: number): IdRange {
    // all of a range begin alike: some ids are nobody's
    if (this.#last + count > MOST) {
      this.#head = String(++this.#first)
      this.#last = LEAST
    }
    const range = new IdRange(this.#head, this.#last, count)
    this.#last += count
    return range
  }
}
