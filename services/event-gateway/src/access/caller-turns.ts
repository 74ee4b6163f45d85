interface Waiting {
  readonly begin: () => void
}

export interface CallerTurnsLimits {
  /** Works at a time, of all callers and of one. */
  readonly most: number
  readonly mostOfOne: number
}

/** Lets so many works run at a time. Who waits has its turn caller by caller, however much one of them brings. */
export class CallerTurns {
  readonly #limits: CallerTurnsLimits
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #running = new Map<string, number>()
  #count = 0

  constructor(limits: CallerTurnsLimits) {
    this.#limits = limits
  }

  async run<Result>(caller: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.#hasRoom(caller)) await this.#turn(caller)
    else this.#begin(caller)
    try {
      return await work()
    } finally {
      this.#end(caller)
    }
  }

  #hasRoom(caller: string): boolean {
    return this.#count < this.#limits.most && (this.#running.get(caller) ?? 0) < this.#limits.mostOfOne
  }

  #turn(caller: string): Promise<void> {
    return new Promise((begin) => {
      const queue = this.#waiting.get(caller)
      if (queue) queue.push({ begin })
      else this.#waiting.set(caller, [{ begin }])
    })
  }

  #begin(caller: string): void {
    this.#count++
    this.#running.set(caller, (this.#running.get(caller) ?? 0) + 1)
  }

  #end(caller: string): void {
    this.#count--
    const left = this.#running.get(caller)! - 1
    if (left === 0) this.#running.delete(caller)
    else this.#running.set(caller, left)
    for (const [next, queue] of this.#waiting) {
      if (!this.#hasRoom(next)) continue
      // whoever had its turn goes to the end of the line
      this.#waiting.delete(next)
      const { begin } = queue.shift()!
      if (queue.length > 0) this.#waiting.set(next, queue)
      this.#begin(next)
      begin()
      return
    }
  }
}
