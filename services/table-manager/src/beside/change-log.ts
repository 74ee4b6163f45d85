import { randomUUID } from 'node:crypto'
import type { Logger, Publisher } from '@tablestream/service-kit'
import { Background } from './background.ts'
import type { ChangeRecord, TableChange } from '../table-change.ts'
import type { Tables } from '../tables.ts'

/** Keeps the history of the tables: a message on a topic and a row in the table `schema_changes` for each change. */
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
      const row = recordOf(change, now())
      // each is tried on its own: a topic that is missing repeats no row
      await Promise.all([
        background.run(
          () => publish(row),
          (error) => logger.error({ err: error, ...row }, 'a schema change could not be published'),
        ),
        background.run(
          () => tables.insertChange(row),
          (error) => logger.error({ err: error, ...row }, 'a schema change could not be recorded'),
        ),
      ])
    },
    settled: (withinMs) => background.settled(withinMs),
    async close() {
      await background.close()
      await publisher.close()
    },
  }
}

function recordOf(
  { table, outcome, added, relaxed, widened, eventIds }: TableChange,
  at: Date,
): ChangeRecord {
  return {
    change_id: randomUUID(),
    changed_at: at.toISOString(),
    table_name: table,
    change: outcome,
    added,
    relaxed,
    widened: widened.map(({ path, from, to }) => ({ path, from_type: from, to_type: to })),
    event_ids: eventIds,
  }
}
