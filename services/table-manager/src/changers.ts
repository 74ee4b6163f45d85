import { setTimeout as sleep } from 'node:timers/promises'
import { destination, type EventPolicies } from '@tablestream/contract'
import { TableChanger, type TableChangerOptions } from './table-changer.ts'

export interface ChangersOptions extends Omit<TableChangerOptions, 'stopping'> {
  /** Tables that are known at a time. */
  readonly mostTables?: number
}

const MOST_TABLES = 10_000
/** What is let go at once where there are too many: to choose looks at all of them. */
const LET_GO = 4

interface Used {
  readonly changer: TableChanger
  at: number
}

/** The changers of all tables: one for each, so that the changes of a table come one after the other. */
export class Changers {
  readonly #options: ChangersOptions
  readonly #policies: EventPolicies
  readonly #stopping = new AbortController()
  readonly #changers = new Map<string, Used>()
  #uses = 0

  constructor(options: ChangersOptions, policies: EventPolicies) {
    this.#options = options
    this.#policies = policies
  }

  get size(): number {
    return this.#changers.size
  }

  of(eventType: string): TableChanger {
    const target = destination(eventType)
    let used = this.#changers.get(target.table)
    if (!used) {
      const options = { ...this.#options, stopping: this.#stopping.signal }
      used = { changer: new TableChanger(target, this.#policies.of(eventType), options), at: 0 }
      this.#makeRoom()
      this.#changers.set(target.table, used)
    }
    used.at = ++this.#uses
    return used.changer
  }

  /** What waits is given back at once, what BigQuery is asked for within this time. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    const until = performance.now() + graceMs
    const isWorking = () => this.#changers.values().some(({ changer }) => !changer.isIdle)
    while (isWorking() && performance.now() < until) await sleep(20)
    for (const { changer } of this.#changers.values()) changer.giveUp()
  }

  /** Lets go what was not used for the longest time; never one at work, beside which a second one would change its table. */
  #makeRoom(): void {
    const { mostTables = MOST_TABLES } = this.#options
    if (this.#changers.size < mostTables) return
    const idle = [...this.#changers].filter(([, { changer }]) => changer.isIdle)
    const oldest = idle.toSorted(([, one], [, two]) => one.at - two.at)
    for (const [table] of oldest.slice(0, Math.ceil(mostTables / LET_GO))) this.#changers.delete(table)
  }
}
