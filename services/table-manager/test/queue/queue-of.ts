import { setImmediate as turn } from 'node:timers/promises'
import { destination, parsePolicies } from '@tablestream/contract'
import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import type { ChangeRequest, ChangeResult, TableChange } from '../../src/table-change.ts'
import { TableQueue } from '../../src/queue/table-queue.ts'
import type { Tables, TableState } from '../../src/tables.ts'
import type { FakeTables } from './fake-tables.ts'

let nextId = 1
export const event = (fields: object): ChangeRequest => ({
  event: { event_type: 'x', ...fields },
  eventId: String(nextId++),
  source: '',
  caller: '',
})
/** As who asks for what waits does: what is postponed or given back is asked for again, here a second later. */
export async function insist(
  queue: Pick<TableQueue, 'fit'>,
  request: ChangeRequest,
  clock: { now: number },
): Promise<ChangeResult> {
  for (;;) {
    const result = await queue.fit({ ...request })
    if (result.outcome !== 'postponed') return result
    clock.now += 1000
    await turn()
  }
}
export const names = (tables: FakeTables): string[] =>
  tables.state!.columns.slice(SYSTEM_COLUMNS.length + 1).map(({ name }) => name)

export interface ChangerOptions {
  readonly cacheMs?: number
  readonly policy?: object
  readonly eventType?: string
  readonly clock?: { now: number }
  readonly changed?: (change: TableChange) => void
  readonly seen?: (table: string, state: TableState) => void
  readonly patienceMs?: number
  readonly stopping?: AbortSignal
}

/** A queue whose pauses cost no time: they move its clock. */
export function queueOf(
  tables: Tables,
  { cacheMs = 1e9, policy = {}, eventType = 'x', clock = { now: 0 }, ...others }: ChangerOptions = {},
) {
  const policies = parsePolicies(JSON.stringify({ [eventType]: policy }))
  return new TableQueue(destination(eventType), policies.of(eventType), {
    tables,
    cacheMs: () => cacheMs,
    now: () => clock.now,
    pause: async (ms) => {
      clock.now += ms
      await turn()
    },
    ...others,
  })
}
