/** What may be spent: it fills again with time, up to what it holds. It may be overdrawn once, and then has to fill first. */
export class Bucket {
  readonly #perMs: number
  readonly #most: number
  #left: number
  #at: number

  constructor(perMinute: number, most: number, now: number) {
    this.#perMs = perMinute / 60_000
    this.#most = most
    this.#left = most
    this.#at = now
  }

  /** Milliseconds until the amount is there; 0: it is. */
  waitFor(amount: number, now: number): number {
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs)
    this.#at = now
    return Math.max(0, (Math.min(amount, this.#most) - this.#left) / this.#perMs)
  }

  spend(amount: number): void {
    this.#left -= amount
  }
}
