import type { FaultPoint } from '../../faults/fault-plan.ts'
import type { Faults } from '../../faults/faults.ts'
import { tableId, type Table } from '../table/table.ts'

interface Version {
  readonly table: Table
  /** Milliseconds since 1970. */
  readonly knownAt: number
}

/**
 * What one path knows of tables, where it learns of a change later than another. Google's write path learns of a new table or column
 * seconds to minutes after tables.get shows it, and tables.get may show what was before a change that is made; here both know at
 * once, but where a fault plan delays them (`storage.schema`, `bigquery.metadata`).
 */
export class LateKnowledge {
  readonly #now: () => number
  readonly #faults: Faults
  readonly #point: FaultPoint
  /** Tables with a change that is not known yet: the versions in their order. */
  readonly #versions = new Map<string, Version[]>()

  constructor(now: () => number, faults: Faults, point: FaultPoint) {
    this.#point = point
    this.#now = now
    this.#faults = faults
  }

  /** @param before the table without the change; undefined where it is new */
  learn(id: string, table: Table, before: Table | undefined): void {
    const delay = this.#faults.at(this.#point)?.ms ?? 0
    const versions = this.#versions.get(id)
    if (delay === 0 && !versions) return
    const known = versions ?? (before ? [{ table: before, knownAt: 0 }] : [])
    this.#versions.set(id, [...known, { table, knownAt: this.#now() + delay }])
  }

  forget(id: string): void {
    this.#versions.delete(id)
  }

  /** undefined while the table is not known at all. Without a plan nobody is late. */
  versionOf(table: Table): Table | undefined {
    if (!this.#faults.plan) this.#versions.clear()
    const id = tableId(table.reference)
    const versions = this.#versions.get(id)
    if (!versions) return table
    const known = versions.findLastIndex(({ knownAt }) => knownAt <= this.#now())
    if (known === versions.length - 1) {
      this.#versions.delete(id)
      return table
    }
    return versions[known]?.table
  }
}
