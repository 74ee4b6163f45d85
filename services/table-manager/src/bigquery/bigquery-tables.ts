import { BigQuery } from '@google-cloud/bigquery'
import { Pace } from '@tablestream/service-kit'
import type { ChangeOutcome, Tables, TableState } from '../tables.ts'
import { classify } from './bigquery-errors.ts'
import { Calls } from './calls.ts'
import { CHANGES_OPTIONS, CHANGES_TABLE } from './changes-table.ts'
import { NewTables } from './new-tables.ts'
import { fieldsOfColumns, shapeOf } from './table-fields.ts'
import { stateOf, type TableMetadata } from './table-metadata.ts'
import { isStillNarrow, widenStatement } from './widen-statement.ts'

export interface TablesOptions {
  /** How long an answer of BigQuery is waited for: a change takes two calls, and Cloud Run ends a request after 60 s. */
  readonly timeoutMs?: number
}

/** Calls that events wait for, and those that none waits for: 300 of a user may be under way (docs: quotas, API requests). */
const AT_ONCE = 50
const IN_BACKGROUND = 10
/** 100 requests a second of a user to tables.get, and 100 to jobs.query; at this pace no second has more (docs: quotas). */
const READS_PER_SECOND = 50
const STATEMENTS_PER_SECOND = 50
/** 10 requests a second of a user to tables.insert. */
const INSERTS_PER_SECOND = 5

export function createTables(
  projectId: string,
  datasetId: string,
  { timeoutMs = 20_000 }: TablesOptions = {},
): Tables {
  // retries are ours: the client's own would repeat a change whose etag has gone
  const client = new BigQuery({ projectId, autoRetry: false, maxRetries: 0 })
  // frees the connection; `Calls` also ends what hangs before there is one
  client.timeout = timeoutMs
  const dataset = client.dataset(datasetId)
  const datasetPath = `${projectId}.${datasetId}`
  const calls = new Calls({ atOnce: AT_ONCE, timeoutMs })
  const background = new Calls({ atOnce: IN_BACKGROUND, timeoutMs })
  const reads = new Pace(READS_PER_SECOND)
  const statements = new Pace(STATEMENTS_PER_SECOND)
  const run = (query: string) => client.query({ query, useLegacySql: false }, { timeoutMs })
  const newTables = new NewTables({
    insert: async (table, definition) =>
      (await dataset.createTable(table, definition))[0].metadata as TableMetadata,
    run,
    datasetPath,
    inserts: new Pace(INSERTS_PER_SECOND),
    statements,
  })

  const metadataOf = async (
    table: string,
    through = calls,
    source?: string,
  ): Promise<TableMetadata | undefined> => {
    await reads.turn({ urgent: through === calls, source })
    try {
      const [metadata] = await through.run(
        `tables.get ${table}`,
        () => dataset.table(table).getMetadata(),
        source,
      )
      return metadata as TableMetadata
    } catch (error) {
      if (classify(error) === 'missing') return undefined
      throw error
    }
  }

  return {
    async read(table, source) {
      const metadata = await metadataOf(table, calls, source)
      return metadata && stateOf(metadata)
    },
    create(destination, columns, options = {}) {
      return outcomeOf(['exists'], () => newTables.table(destination, columns, options, calls))
    },
    async alter(table, { etag, fields }, columns, { primaryKey } = {}) {
      if (etag === undefined) return { outcome: 'lost' }
      // the client sends If-Match for the etag
      const schema = { fields: fieldsOfColumns(columns, fields) as object[] }
      const tableConstraints = primaryKey && { primaryKey: { columns: [...primaryKey] } }
      const change = { etag, schema, ...(tableConstraints && { tableConstraints }) }
      return outcomeOf(['stale', 'missing'], async () => {
        const [changed] = await calls.run(`tables.patch ${table}`, () =>
          dataset.table(table).setMetadata(change),
        )
        return stateOf(changed as TableMetadata)
      })
    },
    async widen(table, { columns: before }, columns) {
      const statement = widenStatement(`${datasetPath}.${table}`, before, columns)
      if (statement === undefined) return { outcome: 'lost' }
      await statements.turn({ urgent: true })
      return outcomeOf(['stale', 'missing'], async () => {
        await calls.run(`ALTER TABLE ${table}`, () => run(statement))
        const metadata = await metadataOf(table)
        const state = metadata && stateOf(metadata)
        // what was read may be older than the statement
        return state && !isStillNarrow(before, columns, state.columns) ? state : undefined
      })
    },
    async keepView(view, query, fields, isNew) {
      const metadata = isNew ? undefined : await metadataOf(view, background)
      if (!metadata) {
        try {
          return await newTables.view(view, query, background)
        } catch (error) {
          if (classify(error) !== 'exists') throw error
          // another instance made it, or there is one of an earlier table
          return isNew ? this.keepView(view, query, fields, false) : undefined
        }
      }
      if (metadata.type !== 'VIEW') throw new Error(`${view} is a ${metadata.type}, and no view`)
      if (metadata.view?.query === query && shapeOf(metadata.schema?.fields) === shapeOf(fields)) return
      const definition = { view: { query, useLegacySql: false } }
      await background.run(`tables.patch ${view}`, () => dataset.table(view).setMetadata(definition))
    },
    async insertChange(record) {
      // the id of the change is the insertId: an insert that is repeated counts once
      const rows = [{ insertId: record.change_id, json: record }]
      const insert = () =>
        background.run(`insertAll ${CHANGES_TABLE}`, () =>
          dataset.table(CHANGES_TABLE).insert(rows, { raw: true, partialRetries: 0 }),
        )
      try {
        await insert()
      } catch (error) {
        if (classify(error) !== 'missing') throw error
        await newTables.tableInBackground(CHANGES_TABLE, CHANGES_OPTIONS, background)
        await insert()
      }
    },
    async check() {
      await calls.run(`datasets.get ${datasetId}`, () => dataset.getMetadata())
    },
  }
}

/** @param lost the kinds of error after which the table is to be read again */
async function outcomeOf(
  lost: readonly string[],
  change: () => Promise<TableState | undefined>,
): Promise<ChangeOutcome> {
  try {
    const state = await change()
    return state ? { outcome: 'done', state } : { outcome: 'unknown' }
  } catch (error) {
    const kind = classify(error)
    if (lost.includes(kind)) return { outcome: 'lost' }
    if (kind !== 'refused' && kind !== 'objected') throw error
    return { outcome: 'refused', isFinal: kind === 'refused', reason: (error as Error).message }
  }
}
