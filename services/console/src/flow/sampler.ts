import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricsSource } from '../config.ts'
import { changeOf, sumOf } from './changes.ts'
import { LatencyWindow, type Latency } from './latency-window.ts'
import { readingOf, type Counts, type Reading } from './reading.ts'

/** What came in one step of time, of all writers together. */
export interface Step {
  /** Milliseconds since 1970: its end. */
  readonly at: number
  readonly seconds: number
  readonly received: number
  /** By table; `waiting` are those at its end. */
  readonly tables: ReadonlyMap<string, Counts>
  /** By table, over the minute before its end: in a step alone few events land. */
  readonly latencies: ReadonlyMap<string, Latency>
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
const MINUTE_MS = 60_000
const LATELY_MS = 300_000
const WRITER = 'stream-writer'

/**
 * Asks the services for their figures, again and again, and remembers the last hour: sums alone, and nothing about events. What is told
 * of the past begins when this process does. What is over some time is kept up at each step: whoever asks for it sums no hour.
 */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #last = new Map<string, Reading>()
  readonly #waiting = new Map<string, number>()
  readonly #givenBack = new Map<string, number>()
  readonly #minute = new LatencyWindow(MINUTE_MS)
  readonly #lately = new LatencyWindow(LATELY_MS)
  readonly #landed = new Map<string, number>()
  readonly #stop = new AbortController()
  #steps: Step[] = []
  #at: number | undefined
  #services: ServiceState[] = []
  #totals: Reading = sumOf([])
  #latencies: ReadonlyMap<string, Latency> = new Map()
  #answered: number | undefined

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
      this.#answered = at
      const reading = readingOf(text)
      const before = this.#last.get(url)
      this.#last.set(url, reading)
      // what an instance counted before it was asked for the first time came at some other time
      if (before || this.#at === undefined) changes.push(changeOf(before ?? reading, reading))
    }
    this.#totals = sumOf(this.#last.values())
    const change = sumOf(changes)
    if (this.#at !== undefined && at > this.#at) this.#add(change, at, (at - this.#at) / 1000)
    this.#at = at
    this.#lookAtWaiting(change, at)
  }

  #add({ received, tables }: Reading, at: number, seconds: number): void {
    this.#minute.add(at, tables)
    this.#lately.add(at, tables)
    this.#latencies = this.#lately.latencies
    // buckets are those of the windows: an hour of them would be much
    const counts = [...tables].map(([table, { buckets: _buckets, ...own }]) => [table, own] as const)
    this.#steps.push({ at, seconds, received, tables: new Map(counts), latencies: this.#minute.latencies })
    for (const [table, { landed }] of tables) this.#countLanded(table, landed)
    while (this.#steps[0]!.at <= at - KEPT_MS)
      for (const [table, { landed }] of this.#steps.shift()!.tables) this.#countLanded(table, -landed)
    for (const [table, { givenBack }] of tables) if (givenBack > 0) this.#givenBack.set(table, at)
  }

  #countLanded(table: string, count: number): void {
    const landed = (this.#landed.get(table) ?? 0) + count
    if (landed === 0) this.#landed.delete(table)
    else this.#landed.set(table, landed)
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
    return this.#totals
  }
  /** Rows of each table in the last hour. */
  get landed(): ReadonlyMap<string, number> {
    return this.#landed
  }
  /** By table, over the last five minutes. */
  get latencies(): ReadonlyMap<string, Latency> {
    return this.#latencies
  }
  /** When a writer answered last, in milliseconds since 1970; undefined where none ever did. */
  get answered(): number | undefined {
    return this.#answered
  }
  /** When messages of each table were given back to Pub/Sub last, in milliseconds since 1970, as far as this process saw it. */
  get givenBack(): ReadonlyMap<string, number> {
    return this.#givenBack
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
