import { destination } from '@tablestream/contract'
import { TableLane, type LaneOptions } from './table-lane.ts'
import type { EventPolicies } from '@tablestream/contract'

export interface LanesOptions extends Omit<LaneOptions, 'table' | 'policy'> {
  readonly policies: EventPolicies
}

const MOST_LANES = 10_000

/** The lanes of all tables that events came for. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, TableLane>()

  constructor(options: LanesOptions) {
    this.#options = options
  }

  /** Whether no item is without its end. */
  get isIdle(): boolean {
    return this.#lanes.values().every(({ isIdle }) => isIdle)
  }

  /** The lane of a table, where events came for it before. */
  get(table: string): TableLane | undefined {
    return this.#lanes.get(table)
  }

  /** The lane that events of this type go into. */
  of(eventType: string): TableLane {
    const { table } = destination(eventType)
    let lane = this.#lanes.get(table)
    if (!lane) {
      const { policies, ...options } = this.#options
      lane = new TableLane({ ...options, table, policy: policies.of(eventType) })
      if (this.#lanes.size >= MOST_LANES) this.#dropIdle()
      this.#lanes.set(table, lane)
    }
    return lane
  }

  /** How many items wait, by table. */
  *parked(): Generator<[string, number]> {
    for (const { table, parked } of this.#lanes.values()) if (parked > 0) yield [table, parked]
  }

  finish(): void {
    for (const lane of this.#lanes.values()) lane.finish()
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close()
  }

  #dropIdle(): void {
    for (const [table, lane] of this.#lanes) {
      if (!lane.isIdle) continue
      lane.close()
      this.#lanes.delete(table)
      return
    }
  }
}
