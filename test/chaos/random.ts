/** Random numbers that a seed repeats (xorshift, 32 bits). */
export class Random {
  #state: number

  constructor(seed: number) {
    // the first numbers of small seeds are alike
    this.#state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9) >>> 0 || 1
    for (let n = 0; n < 10; n++) this.below(2)
  }

  /** A whole number from 0 to below `most`. */
  below(most: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % most
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}
