import { FairQueue } from './fair-queue.ts'

export interface Turn {
  /** Somebody waits for it. */
  readonly urgent: boolean
  /** Who asks: those who ask for much do not keep others from their turn. */
  readonly source?: string | undefined
}

/** So many urgent ones pass the others that wait, then one of those has its turn: what nobody waits for comes late, and not never. */
const MOST_PASS = 19

/**
 * Turns at an even pace, so many in a second, those that somebody waits for first. What one instance does at its own pace
 * keeps a quota that all share from being used up by the instance that is fastest at asking in vain.
 */
export class Pace {
  readonly #betweenMs: number
  readonly #most: number
  readonly #now: () => number
  readonly #urgent = new FairQueue<() => void>()
  readonly #others = new FairQueue<() => void>()
  #left: number
  /** Urgent ones since one of the others had its turn, while some waited. */
  #passed = 0
  #countedAt: number
  #timer: NodeJS.Timeout | undefined

  /** @param atOnce so many turns may come at once, after a rest; absent: those of a second */
  constructor(perSecond: number, now = () => performance.now(), atOnce = perSecond) {
    this.#betweenMs = 1000 / perSecond
    this.#most = atOnce
    this.#left = atOnce
    this.#now = now
    this.#countedAt = now()
  }

  turn({ urgent, source = '' }: Turn): Promise<void> {
    return new Promise((resolve) => {
      this.#lineOf(urgent).push(source, resolve)
      if (!this.#timer) this.#serve()
    })
  }

  /** How many wait, of all and of the party of one (`partyOf`): of those that somebody waits for, or of the others. */
  waiting({ urgent, source = '' }: Turn): { readonly all: number; readonly party: number } {
    const line = this.#lineOf(urgent)
    return { all: line.size, party: line.sizeOf(source) }
  }

  /** Whether there is a turn that nobody has. */
  get isFree(): boolean {
    this.#count()
    return this.#left >= 1
  }

  /** Whether there is a turn to be had at once; then it is taken. */
  take({ urgent }: Turn): boolean {
    if (!this.isFree || this.#urgent.size > 0 || (!urgent && this.#others.size > 0)) return false
    this.#left--
    return true
  }

  /** What was done in a turn was that of more: those that follow wait for as long. */
  spend(turns: number): void {
    this.#left -= turns
  }

  #lineOf(urgent: boolean): FairQueue<() => void> {
    return urgent ? this.#urgent : this.#others
  }

  #next(): (() => void) | undefined {
    if (this.#urgent.size === 0 || (this.#others.size > 0 && this.#passed === MOST_PASS)) {
      this.#passed = 0
      return this.#others.shift()
    }
    if (this.#others.size > 0) this.#passed++
    return this.#urgent.shift()
  }

  #count(): void {
    const now = this.#now()
    this.#left = Math.min(this.#most, this.#left + Math.max(0, now - this.#countedAt) / this.#betweenMs)
    this.#countedAt = now
  }

  #serve(): void {
    this.#count()
    while (this.#left >= 1) {
      const next = this.#next()
      if (!next) return
      this.#left--
      next()
    }
    this.#wait()
  }

  #wait(): void {
    if (this.#urgent.size + this.#others.size === 0) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#serve()
      },
      Math.ceil((1 - this.#left) * this.#betweenMs),
    )
  }
}
