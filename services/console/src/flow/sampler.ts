import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricsSource } from '../config.ts'
import { changeOf, sumOf } from './changes.ts'
import { readingOf, type Reading } from './reading.ts'

/** What came in one step of time, of all writers together. */
export interface Step {
  /** Milliseconds since 1970: its end. */
  readonly at: number
  readonly seconds: number
  /** Numbers that came in this step; `held` and `waiting` are those at its end. */
  readonly change: Reading
}

export interface ServiceState {
  readonly name: string
  readonly ok: boolean
  readonly problem?: string
}

/** Since when events of a table wait, and nothing of it landed. */
export interface Waiting {
  readonly table: string
  readonly waiting: number
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface SamplerOptions {
  readonly sources: readonly MetricsSource[]
  /** The text of an answer. @throws Error where it is none, or says that something is wrong */
  readonly read: (url: string) => Promise<string>
  readonly now: () => number
  readonly everyMs?: number
}

/** The writers are asked so often: a step of the curves. */
const STEP_MS = 5000
const KEPT_MS = 3_600_000
const WRITER = 'stream-writer'

/**
 * Asks the services for their figures, again and again, and remembers the last hour: sums alone, and nothing about events. What is told
 * of the past begins when this process does.
 */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #last = new Map<string, Reading>()
  readonly #waiting = new Map<string, number>()
  readonly #stop = new AbortController()
  #steps: Step[] = []
  #at: number | undefined
  #services: ServiceState[] = []

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  /** Runs until `close`. */
  async run(): Promise<void> {
    const { everyMs = STEP_MS } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.sample()
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  close(): void {
    this.#stop.abort()
  }

  async sample(): Promise<void> {
    const { sources, read, now } = this.#options
    const answers = await Promise.all(
      sources.map(async ({ name, url }) => {
        try {
          // of the others it is enough that they answer
          return { name, url, text: await read(`${url}${name === WRITER ? '/metrics' : '/liveness'}`) }
        } catch (error) {
          return { name, url, problem: error instanceof Error ? error.message : String(error) }
        }
      }),
    )
    const at = now()
    this.#services = answers.map(({ name, problem }) =>
      problem === undefined ? { name, ok: true } : { name, ok: false, problem },
    )
    const changes: Reading[] = []
    for (const { name, url, text } of answers) {
      if (name !== WRITER || text === undefined) continue
      const reading = readingOf(text)
      const before = this.#last.get(url)
      this.#last.set(url, reading)
      // what an instance counted before it was asked for the first time came at some other time
      if (before || this.#at === undefined) changes.push(changeOf(before ?? reading, reading))
    }
    const change = sumOf(changes)
    if (this.#at !== undefined && at > this.#at)
      this.#steps.push({ at, seconds: (at - this.#at) / 1000, change })
    this.#at = at
    this.#steps = this.#steps.filter((step) => step.at > at - KEPT_MS)
    this.#lookAtWaiting(change, at)
  }

  #lookAtWaiting({ tables }: Reading, at: number): void {
    for (const [table, { waiting, landed }] of tables) {
      if (waiting === 0 || landed > 0) this.#waiting.delete(table)
      if (waiting > 0 && !this.#waiting.has(table)) this.#waiting.set(table, at)
    }
    for (const table of this.#waiting.keys()) if (!tables.has(table)) this.#waiting.delete(table)
  }

  /** Milliseconds since 1970; undefined before the first. */
  get at(): number | undefined {
    return this.#at
  }
  /** Oldest first, the last hour. */
  get steps(): readonly Step[] {
    return this.#steps
  }
  get services(): readonly ServiceState[] {
    return this.#services
  }
  /** Sums of all writers since they started. */
  get totals(): Reading {
    return sumOf(this.#last.values())
  }
  get waiting(): readonly Waiting[] {
    const { tables } = this.totals
    return [...this.#waiting].map(([table, since]) => ({
      table,
      since,
      waiting: tables.get(table)?.waiting ?? 0,
    }))
  }
}
