import { isDeepStrictEqual } from 'node:util'
import { makeLoadBucket, rewindHere, usePipeline } from '../end-to-end/loader.ts'
import { DATASET, type Pipeline } from '../end-to-end/pipeline.ts'
import { eachRow } from '../end-to-end/read-table.ts'
import { columnsOf, hashOf } from '../end-to-end/table-hash.ts'
import type { ChaosEvents } from './events.ts'
import { problemsOfRow } from './row-problems.ts'

/**
 * Builds tables anew of what was published, and says where one is otherwise than what users read of the live one: its view, which has each
 * event once, however often it came. A value that did not wait for its column is in `_unmapped` of the live table, and in the column of
 * the rewound one, which had all columns before its first row: those rows are compared with their events.
 */
export async function rewoundProblems(
  pipeline: Pipeline,
  tables: readonly string[],
  events: ChaosEvents,
  log: (line: string) => void,
): Promise<string[]> {
  const problems: string[] = []
  await makeLoadBucket(pipeline)
  const leave = usePipeline(pipeline)
  try {
    for (const table of tables) {
      const { code, output } = await rewindHere([table, '--since', '24h'])
      const found =
        code === 0
          ? await problemsOfTable(pipeline, table, events, log)
          : [`the rewind of ${table} ended with ${code}`]
      if (found.length > 0) problems.push(...found, output)
    }
  } finally {
    leave()
  }
  return problems
}

async function problemsOfTable(
  pipeline: Pipeline,
  table: string,
  events: ChaosEvents,
  log: (line: string) => void,
): Promise<string[]> {
  const { clients } = pipeline
  const [live, rewound] = [`${table}_deduplicated`, `${table}_rewound`]
  const ofMoved = `SELECT l.event_id FROM ${DATASET}.${live} AS l JOIN ${DATASET}.${rewound} AS r USING (event_id)
    WHERE IFNULL(TO_JSON_STRING(l._unmapped), '') != IFNULL(TO_JSON_STRING(r._unmapped), '')`
  const moved = new Set((await clients.query(ofMoved)).map(({ event_id: id }) => String(id)))
  const problems: string[] = []
  for await (const row of eachRow(pipeline, rewound))
    if (moved.has(row.eventId)) problems.push(...problemsOfRow(row, table, events))

  const shared = new Set(await columnsOf(clients, live))
  const columns = (await columnsOf(clients, rewound)).filter((name) => shared.has(name))
  // the join is asked once: these ids are few
  const ids = [...moved].map((id) => JSON.stringify(id)).join(', ')
  const rows = { columns, where: moved.size === 0 ? 'TRUE' : `event_id NOT IN (${ids})` }
  const [wanted, made] = [await hashOf(clients, live, rows), await hashOf(clients, rewound, rows)]
  log(`rewound ${table} ${JSON.stringify(made)}, and ${moved.size} rows with other values in _unmapped`)
  if (!isDeepStrictEqual(made, wanted))
    problems.push(`rewound ${table} is ${JSON.stringify(made)}, and not ${JSON.stringify(wanted)}`)
  return problems
}
