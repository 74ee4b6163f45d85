import type { Ask, Asker } from './ask.ts'

/** A turn to ask: it is waited for once, and kept until it is used. */
export class AskTurn {
  readonly #isUrgent: boolean
  #state: 'none' | 'in line' | 'no place' | 'there' = 'none'

  /** @param isUrgent whether an event waits for what is asked for */
  constructor(isUrgent: boolean) {
    this.#isUrgent = isUrgent
  }

  /** Whether it was wanted, and has not come yet. */
  get isInLine(): boolean {
    return this.#state === 'in line' || this.#state === 'no place'
  }

  /** Whether it is waited for, or there. */
  get isWanted(): boolean {
    return this.#state === 'in line' || this.#state === 'there'
  }

  /** Whether it is there. Where it is not, it is waited for from now on. */
  get(ask: Pick<Ask, 'turn'>, asker: Asker): boolean {
    if (this.#state === 'none' || this.#state === 'no place') {
      const answer = ask.turn(asker, this.#isUrgent, () => {
        this.#state = 'there'
      })
      this.#state = answer === 'now' ? 'there' : answer === 'later' ? 'in line' : 'no place'
    }
    return this.#state === 'there'
  }

  /** Whether it was waited for before, and is not there yet. */
  isAwaited(ask: Pick<Ask, 'turn'>, asker: Asker): boolean {
    return this.#state !== 'none' && !this.get(ask, asker)
  }

  use(): void {
    this.#state = 'none'
  }
}
