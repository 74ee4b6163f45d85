import { setTimeout as sleep } from 'node:timers/promises'
import { destination, requestsOf, type Message } from '@tablestream/contract'
import type { OutgoingMessage } from '@tablestream/service-kit'
import { plan, planAll, type Column, type JsonObject, type PlanOptions } from '@tablestream/table-schema'
import { exampleEvent } from './example-event.ts'
import type { Warehouse } from './google/bigquery.ts'
import { LoadError } from './load-error.ts'

/** What makes tables have the columns that a load needs. */
export interface TableKeeper {
  /** The columns of a type's table, once they take all these shapes; undefined where there is no table, and may be none. */
  ensure(
    eventType: string,
    shapes: readonly JsonObject[],
    planning: PlanOptions,
  ): Promise<readonly Column[] | undefined>
}

export interface TableKeeperOptions {
  readonly warehouse: Pick<Warehouse, 'table'>
  readonly publish: (messages: readonly OutgoingMessage[]) => Promise<unknown>
  readonly waitMs: number
}

const FIRST_LOOK_MS = 100
const LONGEST_LOOK_MS = 3000
/** Requests in one publish; table-manager answers each. */
const AGAIN_MS = 15_000

/**
 * Asks table-manager, and nobody else changes tables: by the requests that stream-writer sends for events that wait, one for each shape
 * that the table does not take yet. Then it waits until the table does.
 */
export function createTableKeeper({ warehouse, publish, waitMs }: TableKeeperOptions): TableKeeper {
  return {
    async ensure(eventType, shapes, planning) {
      const { table } = destination(eventType)
      const deadline = Date.now() + waitMs
      let askedAt = 0
      let before = ''
      for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
        const known = (await warehouse.table(table))?.columns
        // conflicts that no column solves are left
        if (known && planAll(known, shapes, planning).outcome === 'fits') return known
        if (Date.now() >= deadline) throw didNotCome(table, known, shapes, planning, waitMs)
        const now = JSON.stringify(known ?? null)
        if (now !== before || Date.now() - askedAt >= AGAIN_MS) {
          before = now
          askedAt = Date.now()
          const message = messageOf(eventType)
          const wanted = wantedOf(known, shapes, planning)
          await publish(wanted.flatMap((shape) => requestsOf(message, shape, known, planning)))
        }
        await sleep(wait)
      }
    },
  }
}

/** What to ask for: one event for all of it, and where that asks for nothing, the shapes that lack something. */
export function wantedOf(
  known: readonly Column[] | undefined,
  shapes: readonly JsonObject[],
  planning: PlanOptions,
): readonly JsonObject[] {
  const example = exampleEvent(planAll(known, shapes, planning).columns, shapes)
  if (plan(known, example, planning).outcome !== 'fits') return [example]
  return shapes.filter((shape) => plan(known, shape, planning).outcome !== 'fits')
}

function messageOf(eventType: string): Message {
  const attributes = { event_type: eventType }
  return { data: Buffer.alloc(0), attributes, messageId: 'load', publishTime: new Date().toISOString() }
}

function didNotCome(
  table: string,
  known: readonly Column[] | undefined,
  shapes: readonly JsonObject[],
  planning: PlanOptions,
  waitMs: number,
): LoadError {
  const { added, relaxed, widened } = planAll(known, shapes, planning)
  const wanted = [...added, ...relaxed, ...widened.map(({ path, to }) => `${path} as ${to}`)]
  const what = known
    ? `the table ${table} did not get ${wanted.slice(0, 20).join(', ')}`
    : `the table ${table} was not made`
  const message = `${what} within ${waitMs / 1000} s of asking table-manager: its log says why. Nothing of the source has landed`
  return new LoadError('table_did_not_come', message)
}
