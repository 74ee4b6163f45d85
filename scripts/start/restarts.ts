const MOST_RESTARTS = 5

/** How a service ended. */
export interface End {
  readonly name: string
  /** Whether it had answered that it is ready. */
  readonly wasReady: boolean
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What is done about it, and what is said. */
export interface Verdict {
  readonly startsAgain: boolean
  readonly line: string
}

/** Which services are started again: each five times, and none that ends by itself before it is ready. */
export class Restarts {
  readonly #counts = new Map<string, number>()

  of({ name, wasReady, code, signal }: End): Verdict {
    if (!wasReady && signal === null)
      return { startsAgain: false, line: `${name} cannot start, and says above why; it is not tried again` }
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    if (count > MOST_RESTARTS) return { startsAgain: false, line: `${name} ended ${count} times; giving up` }
    return { startsAgain: true, line: `${name} ended (${signal ?? `exit code ${code}`}); starting it again` }
  }
}
