import TinyQueue from 'tinyqueue'

interface Entry {
  /** Milliseconds since 1970. */
  readonly at: number
  /** What was put in earlier comes first at the same time. */
  readonly turn: number
  readonly run: () => void
}

/** What is to happen in a simulation, in the order of its times. */
export class Agenda {
  readonly #entries = new TinyQueue<Entry>([], (a, b) => a.at - b.at || a.turn - b.turn)
  #turn = 0
  #now: number

  constructor(start: number) {
    this.#now = start
  }

  /** Milliseconds since 1970: the time of what happens now. */
  get now(): number {
    return this.#now
  }

  get length(): number {
    return this.#entries.length
  }

  /** @param after milliseconds from now */
  plan(after: number, run: () => void): void {
    this.#entries.push({ at: this.#now + after, turn: this.#turn++, run })
  }

  /** Lets the next thing happen; the time goes on to it. */
  step(): void {
    const next = this.#entries.pop()
    if (next === undefined) throw new Error('nothing is planned: the simulation has ended')
    this.#now = next.at
    next.run()
  }
}
