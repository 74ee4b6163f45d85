import { shortened } from './refusals.ts'

/** Time between the two askings of one: the first may have been by what was read of a table that is another one since. */
const ASK_AGAIN_MS = 1000
const REMEMBERED_MS = 5 * 60_000
const MOST = 1000

/** What was refused when it was asked for alone: it is asked for a second time before that counts, and with nothing else. */
export class AskedTwice {
  readonly #now: () => number
  /** When each was refused for the first time, the oldest first. */
  readonly #since = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#since.size === 0
  }

  has(key: string): boolean {
    return this.#since.has(shortened(key))
  }

  /** Milliseconds until it may be asked for again; undefined where it was not refused. */
  wait(key: string): number | undefined {
    const since = this.#since.get(shortened(key))
    return since === undefined ? undefined : Math.max(0, since + ASK_AGAIN_MS - this.#now())
  }

  /**
   * It was asked for alone.
   *
   * @param suspectedSince when it was refused together with others
   * @returns whether that is certain: it was refused twice, a second apart
   */
  refused(key: string, suspectedSince = this.#now()): boolean {
    const since = Math.min(this.#since.get(shortened(key)) ?? suspectedSince, suspectedSince)
    this.forget(key)
    if (this.#now() - since >= ASK_AGAIN_MS) return true
    this.#remember(key, since)
    return false
  }

  /** It is asked for alone from now on. */
  keepApart(key: string): void {
    this.forget(key)
    this.#remember(key, this.#now())
  }

  forget(key: string): void {
    this.#since.delete(shortened(key))
  }

  forgetOld(): void {
    for (const [key, since] of this.#since) if (since + REMEMBERED_MS <= this.#now()) this.#since.delete(key)
  }

  #remember(key: string, since: number): void {
    if (this.#since.size >= MOST) this.#since.delete(this.#since.keys().next().value!)
    this.#since.set(shortened(key), since)
  }
}
