/** Milliseconds of work at a time. */
const SLICE_MS = 0.4

/** What a caller has had of the thread, and how many of its works are under way. */
interface Part {
  ms: number
  works: number
}

interface Waiting {
  readonly part: Part
  readonly begin: () => void
}

/** Long work, a little at a time: between two slices whoever else works in this thread has a turn, and other threads may have the core. */
export interface Slices {
  /** Whether others are due: `await slices.next()` then. A work begins so, too. */
  readonly isOver: boolean
  next(): Promise<void>
}

/**
 * Shares a thread among the works of callers. The next slice is that of a caller who has had the least time, and not the next one in turn:
 * some steps of work cannot be divided (to parse 10 MB takes a second), and who has only short ones would have a slice for each of them.
 */
export class SliceTurns {
  readonly #rest: () => void
  readonly #used: () => number
  readonly #parts = new Map<string, Part>()
  readonly #waiting: Waiting[] = []
  #isTimed = false
  /** What whoever had the last slice had had before it. */
  #clock = 0
  #running: { readonly part: Part; readonly since: number } | undefined

  /**
   * @param rest lets other threads go first, between two slices
   * @param used milliseconds that this thread has worked
   */
  constructor(rest: () => void = () => undefined, used: () => number = cpuOfThread) {
    this.#rest = rest
    this.#used = used
  }

  async run<Result>(caller: string, work: (slices: Slices) => Promise<Result>): Promise<Result> {
    const part = this.#parts.get(caller) ?? { ms: 0, works: 0 }
    this.#parts.set(caller, part)
    part.works++
    let until = 0
    const slices: Slices = {
      get isOver() {
        return performance.now() > until
      },
      next: async () => {
        this.#pause(part)
        this.#rest()
        await new Promise<void>((begin) => this.#wait({ part, begin }))
        until = performance.now() + SLICE_MS
      },
    }
    try {
      return await work(slices)
    } finally {
      this.#pause(part)
      if (--part.works === 0) this.#parts.delete(caller)
    }
  }

  /** Notes what a work has had. Where another one has begun meanwhile, that is noted already. */
  #pause(part: Part): void {
    if (this.#running?.part !== part) return
    part.ms += this.#used() - this.#running.since
    this.#running = undefined
  }

  #wait(waiting: Waiting): void {
    // who was away, or is new, has nothing to make up for
    waiting.part.ms = Math.max(waiting.part.ms, this.#clock)
    this.#waiting.push(waiting)
    if (this.#isTimed) return
    this.#isTimed = true
    setImmediate(this.#begin)
  }

  readonly #begin = (): void => {
    // it waits for something else: until here all was done for it, as far as anybody knows
    if (this.#running) this.#pause(this.#running.part)
    let least = 0
    this.#waiting.forEach(({ part }, at) => {
      if (part.ms < this.#waiting[least]!.part.ms) least = at
    })
    const [{ part, begin }] = this.#waiting.splice(least, 1) as [Waiting]
    this.#isTimed = this.#waiting.length > 0
    if (this.#isTimed) setImmediate(this.#begin)
    this.#clock = part.ms
    this.#running = { part, since: this.#used() }
    begin()
  }
}

/** Of time that others had the core nothing counts. */
function cpuOfThread(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
