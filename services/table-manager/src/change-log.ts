import { randomUUID } from 'node:crypto'
import type { Logger, Publisher } from '@tablestream/service-kit'
import { Background, retried } from './background.ts'
import type { Tables } from './bigquery-tables.ts'
import type { TableChange } from './table-changer.ts'

/** Keeps the history of the tables: a message on a topic and a row in the table `schema_changes` for each change. */
export interface ChangeLog {
  /** Never rejects: what could not be told is logged, whole. */
  tell(change: TableChange): Promise<void>
  /** Waits for what is being told. */
  close(): Promise<void>
}

export interface ChangeLogOptions {
  readonly tables: Pick<Tables, 'insertChange'>
  readonly publisher: Pick<Publisher, 'publish' | 'close'>
  readonly logger: Logger
  readonly now?: () => Date
}

/** A row of `schema_changes`, and the data of the message. */
export interface ChangeRecord {
  readonly change_id: string
  readonly changed_at: string
  readonly table_name: string
  readonly change: 'created' | 'altered'
  readonly added: readonly string[]
  readonly relaxed: readonly string[]
  readonly widened: readonly { readonly path: string; readonly from_type: string; readonly to_type: string }[]
  readonly event_ids: readonly string[]
}

export function createChangeLog({
  tables,
  publisher,
  logger,
  now = () => new Date(),
}: ChangeLogOptions): ChangeLog {
  const background = new Background()
  const record = async (row: ChangeRecord) => {
    const attributes = { table: row.table_name, change: row.change }
    // each is tried on its own: a topic that is missing repeats no row
    await Promise.all([
      retried(() => publisher.publish([{ data: Buffer.from(JSON.stringify(row)), attributes }])),
      retried(() => tables.insertChange(row)),
    ])
  }
  return {
    async tell(change) {
      const row = recordOf(change, now())
      await background.run(record(row), (error) =>
        logger.error({ err: error, ...row }, 'a schema change could not be recorded'),
      )
    },
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
