import { generateMersenne53Randomizer, type Randomizer } from '@faker-js/faker'

/** What a simulation draws. The same seed gives the same draws; without one they differ each time. */
export class Random {
  /** For a Faker that shares these draws. */
  readonly randomizer: Randomizer = generateMersenne53Randomizer()
  /** Where the bytes of a UUID are put together. */
  readonly #bytes = Buffer.alloc(16)

  constructor(seed?: number | number[]) {
    if (seed !== undefined) this.randomizer.seed(seed)
  }

  /** From 0 to below 1. */
  unit(): number {
    return this.randomizer.next()
  }

  /** A whole number from `low` to `high`, both possible. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  /** True in this share of the cases. */
  chance(share: number): boolean {
    return this.unit() < share
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.unit() * values.length)]!
  }

  /** The time until something happens that happens by chance, in the unit of its mean. */
  waiting(mean: number): number {
    return -Math.log(1 - this.unit()) * mean
  }

  /** `prefix` and 12 letters and digits. */
  id(prefix: string): string {
    return prefix + this.#sixLetters() + this.#sixLetters()
  }

  /** A UUID of version 4 (RFC 9562). */
  uuid(): string {
    for (let at = 0; at < 16; at += 4) this.#bytes.writeUInt32BE(Math.floor(this.unit() * 2 ** 32), at)
    // the version, and the variant of RFC 9562
    this.#bytes[6] = 0x40 | (this.#bytes[6]! & 0x0f)
    this.#bytes[8] = 0x80 | (this.#bytes[8]! & 0x3f)
    const hex = this.#bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  #sixLetters(): string {
    return Math.floor(this.unit() * 36 ** 6)
      .toString(36)
      .padStart(6, '0')
  }
}

/** Draws places of a list, the first ones most often: place n about 1/(n + 1)^exponent as often as the first (Zipf's law). */
export class LongTail {
  readonly #sums: Float64Array

  constructor(length: number, exponent: number) {
    this.#sums = new Float64Array(length)
    let sum = 0
    for (let place = 0; place < length; place++) {
      sum += 1 / (place + 1) ** exponent
      this.#sums[place] = sum
    }
  }

  draw(random: Random): number {
    const at = random.unit() * this.#sums.at(-1)!
    let low = 0
    let high = this.#sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sums[middle]! > at) high = middle
      else low = middle + 1
    }
    return low
  }
}
