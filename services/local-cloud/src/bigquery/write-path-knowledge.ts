import type { Faults } from '../faults/faults.ts'
import { tableId, type Table } from './table.ts'

interface Version {
  readonly table: Table
  /** Milliseconds since 1970. */
  readonly knownAt: number
}

/**
 * What the Storage Write API knows of tables. Google's learns of a new table or column seconds to minutes after tables.get
 * shows it; here it does at once, but where a fault plan delays it (`storage.schema`).
 */
export class WritePathKnowledge {
  readonly #now: () => number
  readonly #faults: Faults
  /** Tables with a change that is not known yet: the versions in their order. */
  readonly #versions = new Map<string, Version[]>()

  constructor(now: () => number, faults: Faults) {
    this.#now = now
    this.#faults = faults
  }

  /** @param before the table without the change; undefined where it is new */
  learn(id: string, table: Table, before: Table | undefined): void {
    const delay = this.#faults.at('storage.schema')?.ms ?? 0
    const versions = this.#versions.get(id)
    if (delay === 0 && !versions) return
    const known = versions ?? (before ? [{ table: before, knownAt: 0 }] : [])
    this.#versions.set(id, [...known, { table, knownAt: this.#now() + delay }])
  }

  forget(id: string): void {
    this.#versions.delete(id)
  }

  /** undefined while the table is not known at all. */
  versionOf(table: Table): Table | undefined {
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
