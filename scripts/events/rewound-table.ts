import { setTimeout as sleep } from 'node:timers/promises'
import type { RewoundTable } from '@tablestream/batch-loader'
import { destination, type EventPolicies } from '@tablestream/contract'
import { createTables, TableQueue } from '@tablestream/table-manager'

const AGAIN_MS = 1000
const MOST_TRIES = 60

/** The table that `rewind` makes, by the code of table-manager: made, altered and widened as it does for the stream. */
export function rewoundTable(
  projectId: string,
  dataset: string,
  {
    eventType,
    table,
    policies,
    labels,
  }: {
    readonly eventType: string
    readonly table: string
    readonly policies: EventPolicies
    /** That it has from the beginning, whichever way it is made. */
    readonly labels: Readonly<Record<string, string>>
  },
): RewoundTable {
  const all = createTables(projectId, dataset)
  const tables: typeof all = {
    ...all,
    create: (to, columns, options) => all.create(to, columns, { ...options, labels }),
  }
  const policy = policies.of(eventType)
  const { former: _, ...others } = destination(eventType)
  const place = { ...others, table }
  const queue = new TableQueue(place, policy, { tables, cacheMs: () => 0, now: Date.now })
  return {
    async make(columns) {
      const options = { requirePartitionFilter: policy.require_partition_filter }
      const made = await tables.create(place, columns, options)
      if (made.outcome === 'done' || made.outcome === 'unknown') return
      throw new Error(
        `the table ${table} was not made: ${made.outcome === 'refused' ? made.reason : 'there is one'}`,
      )
    },
    async fit(event) {
      for (let tries = 1; ; tries++) {
        const { outcome } = await queue.fit({ event, eventId: 'rewind', source: '', caller: '' })
        // what BigQuery refuses has no column: its values are unmapped, as in the stream
        if (outcome !== 'postponed') return
        if (tries === MOST_TRIES)
          throw new Error(`BigQuery put off each change of ${table} for a minute. Start it again later`)
        await sleep(AGAIN_MS)
      }
    },
  }
}
