import { setTimeout as sleep } from 'node:timers/promises'
import { destination, type EventPolicies } from '@tablestream/contract'
import { TableQueue, type TableQueueOptions } from './table-queue.ts'

export interface TableQueuesOptions extends Omit<TableQueueOptions, 'stopping' | 'cacheMs'> {
  /** Milliseconds for which a table is taken to be as it was last seen; longer where there are very many tables. */
  readonly cacheMs: number
  /** Tables that are known at a time. */
  readonly mostTables?: number
}

const MOST_TABLES = 10_000
/** So that an instance looks at ten tables a second at most: all instances together may do 100 (docs: quotas, API requests). */
const BETWEEN_LOOKS_MS = 100
/** What is let go at once where there are too many: to choose looks at all of them. */
const LET_GO = 4

interface Used {
  readonly queue: TableQueue
  at: number
}

/** The queues of all tables: one for each, so that the changes of a table come one after the other. */
export class TableQueues {
  readonly #options: TableQueuesOptions
  readonly #policies: EventPolicies
  readonly #stopping = new AbortController()
  readonly #queues = new Map<string, Used>()
  #uses = 0

  constructor(options: TableQueuesOptions, policies: EventPolicies) {
    this.#options = options
    this.#policies = policies
  }

  get size(): number {
    return this.#queues.size
  }

  of(eventType: string): TableQueue {
    const target = destination(eventType)
    let used = this.#queues.get(target.table)
    if (!used) {
      const options = { ...this.#options, cacheMs: this.#cacheMs, stopping: this.#stopping.signal }
      used = { queue: new TableQueue(target, this.#policies.of(eventType), options), at: 0 }
      this.#makeRoom()
      this.#queues.set(target.table, used)
    }
    used.at = ++this.#uses
    return used.queue
  }

  /** What waits is given back at once, what BigQuery is asked for within this time. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    const until = performance.now() + graceMs
    const isWorking = () => this.#queues.values().some(({ queue }) => !queue.isIdle)
    while (isWorking() && performance.now() < until) await sleep(20)
    for (const { queue } of this.#queues.values()) queue.giveUp()
  }

  readonly #cacheMs = (): number => Math.max(this.#options.cacheMs, this.size * BETWEEN_LOOKS_MS)

  /** Lets go what was not used for the longest time; never one at work, beside which a second one would change its table. */
  #makeRoom(): void {
    const { mostTables = MOST_TABLES } = this.#options
    if (this.#queues.size < mostTables) return
    const idle = [...this.#queues].filter(([, { queue }]) => queue.isIdle)
    const oldest = idle.toSorted(([, one], [, two]) => one.at - two.at)
    for (const [table] of oldest.slice(0, Math.ceil(mostTables / LET_GO))) this.#queues.delete(table)
  }
}
