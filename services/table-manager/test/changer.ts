import { setImmediate as turn } from 'node:timers/promises'
import { destination, parsePolicies } from '@tablestream/contract'
import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import type { ChangeRequest, TableChange } from '../src/table-change.ts'
import { TableChanger } from '../src/table-changer.ts'
import type { Tables, TableState } from '../src/tables.ts'
import type { FakeTables } from './fake-tables.ts'

let nextId = 1
export const event = (fields: object): ChangeRequest => ({
  event: { event_type: 'x', ...fields },
  eventId: String(nextId++),
})
export const names = (tables: FakeTables): string[] =>
  tables.state!.columns.slice(SYSTEM_COLUMNS.length + 1).map(({ name }) => name)

export interface ChangerOptions {
  readonly cacheMs?: number
  readonly policy?: object
  readonly clock?: { now: number }
  readonly changed?: (change: TableChange) => void
  readonly seen?: (table: string, state: TableState) => void
  readonly patienceMs?: number
  readonly stopping?: AbortSignal
}

/** A changer whose pauses cost no time: they move its clock. */
export function changer(
  tables: Tables,
  { cacheMs = 1e9, policy = {}, clock = { now: 0 }, ...others }: ChangerOptions = {},
) {
  const policies = parsePolicies(JSON.stringify({ x: policy }))
  return new TableChanger(destination('x'), policies.of('x'), {
    tables,
    cacheMs,
    now: () => clock.now,
    pause: async (ms) => {
      clock.now += ms
      await turn()
    },
    ...others,
  })
}
