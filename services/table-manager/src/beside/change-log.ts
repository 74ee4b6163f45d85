import { randomUUID } from 'node:crypto'
import type { Logger, Publisher } from '@tablestream/service-kit'
import { Background } from './background.ts'
import type { ChangeRecord, TableChange } from '../table-change.ts'
import type { Tables } from '../tables.ts'

/** Keeps the history of the tables: a message on a topic and a row in the table `schema_changes` for each change, or several of both. */
export interface ChangeLog {
  /** Never rejects: what could not be told is logged, whole. */
  tell(change: TableChange): Promise<void>
  /** Resolves when all is told, or after so many milliseconds. */
  settled(withinMs: number): Promise<void>
  /** Ends what is being told, soon: what is not told by then is logged, too. */
  close(): Promise<void>
}

export interface ChangeLogOptions {
  readonly tables: Pick<Tables, 'insertChange'>
  readonly publisher: Pick<Publisher, 'publish' | 'close'>
  readonly logger: Logger
  readonly now?: () => Date
}

export function createChangeLog({
  tables,
  publisher,
  logger,
  now = () => new Date(),
}: ChangeLogOptions): ChangeLog {
  const background = new Background()
  const publish = (row: ChangeRecord) => {
    const attributes = { table: row.table_name, change: row.change }
    return publisher.publish([{ data: Buffer.from(JSON.stringify(row)), attributes }])
  }
  return {
    async tell(change) {
      // each is tried on its own: a topic that is missing repeats no row
      await Promise.all(
        recordsOf(change, now()).flatMap((row) => [
          background.run(
            () => publish(row),
            (error) => logger.error({ err: error, ...row }, 'a schema change could not be published'),
          ),
          background.run(
            () => tables.insertChange(row),
            (error) => logger.error({ err: error, ...row }, 'a schema change could not be recorded'),
          ),
        ]),
      )
    },
    settled: (withinMs) => background.settled(withinMs),
    async close() {
      await background.close()
      await publisher.close()
    },
  }
}

/**
 * Of the lists of one record, as JSON. A column that is nested deep has a path of some kilobytes, and an event may ask for thousands of
 * these: a message and a row have 10 MB at most, and an entry of Cloud Logging 256 KB (docs: quotas and limits).
 */
const MOST_BYTES = 100_000

function recordsOf(change: TableChange, at: Date): readonly ChangeRecord[] {
  const { table, outcome, eventIds } = change
  return portionsOf(change).map(({ added, relaxed, widened }) => ({
    change_id: randomUUID(),
    changed_at: at.toISOString(),
    table_name: table,
    change: outcome,
    added,
    relaxed,
    widened,
    event_ids: eventIds,
  }))
}

interface Portion {
  readonly added: string[]
  readonly relaxed: string[]
  readonly widened: ChangeRecord['widened'][number][]
}

function portionsOf({ added, relaxed, widened }: TableChange): readonly Portion[] {
  const newPortion = (): Portion => ({ added: [], relaxed: [], widened: [] })
  let portion = newPortion()
  const portions = [portion]
  let bytes = 0
  const into = (entry: Portion[keyof Portion][number]): Portion => {
    const more = Buffer.byteLength(JSON.stringify(entry)) + 1
    bytes += more
    if (bytes > MOST_BYTES) {
      portion = newPortion()
      portions.push(portion)
      bytes = more
    }
    return portion
  }
  for (const path of added) into(path).added.push(path)
  for (const path of relaxed) into(path).relaxed.push(path)
  for (const { path, from, to } of widened) {
    const wider = { path, from_type: from, to_type: to }
    into(wider).widened.push(wider)
  }
  return portions
}
