import { BigQuery } from '@google-cloud/bigquery'
import { classify } from './bigquery-errors.ts'
import { Calls } from './calls.ts'
import { Pace } from './pace.ts'
import { CHANGES_OPTIONS, CHANGES_TABLE } from './changes-table.ts'
import { columnsOfFields, fieldsOfColumns, type TableField } from './table-fields.ts'
import type { ChangeOutcome, Tables, TableState } from './tables.ts'
import { isStillNarrow, widenStatement } from './widen-statement.ts'

interface Metadata {
  readonly type?: string
  readonly view?: { readonly query?: string }
  readonly tableConstraints?: { readonly primaryKey?: { readonly columns?: string[] } }
  readonly etag?: string
  readonly requirePartitionFilter?: boolean
  readonly creationTime?: string
  readonly lastModifiedTime?: string
  readonly schema?: { readonly fields?: TableField[] }
}

export interface TablesOptions {
  /** How long an answer of BigQuery is waited for: a change takes two calls, and Cloud Run ends a request after 60 s. */
  readonly timeoutMs?: number
}

/** Calls that events wait for, and those that none waits for. */
const AT_ONCE = 50
const IN_BACKGROUND = 5
/** tables.insert: 10 a second (docs: quotas), for tables and views together. */
const NEW_TABLES_PER_SECOND = 10

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
  const calls = new Calls({ atOnce: AT_ONCE, timeoutMs })
  const background = new Calls({ atOnce: IN_BACKGROUND, timeoutMs })
  const newTables = new Pace(NEW_TABLES_PER_SECOND)

  const metadataOf = async (table: string, through = calls): Promise<Metadata | undefined> => {
    try {
      const [metadata] = await through.run(`tables.get ${table}`, () => dataset.table(table).getMetadata())
      return metadata as Metadata
    } catch (error) {
      if (classify(error) === 'missing') return undefined
      throw error
    }
  }

  /** Makes a table or view that no event waits for, unless it is there. */
  const makeInBackground = async (table: string, definition: object): Promise<void> => {
    await newTables.turn({ urgent: false })
    try {
      await background.run(`tables.insert ${table}`, () => dataset.createTable(table, definition))
    } catch (error) {
      if (classify(error) !== 'exists') throw error
    }
  }

  return {
    async read(table) {
      const metadata = await metadataOf(table)
      return metadata && stateOf(metadata)
    },
    async create({ table, partitionBy, clusterBy }, columns, options = {}) {
      const { requirePartitionFilter = false, primaryKey } = options
      const definition = {
        schema: { fields: fieldsOfColumns(columns) as object[] },
        timePartitioning: { type: 'DAY', field: partitionBy },
        ...(requirePartitionFilter && { requirePartitionFilter }),
        ...(primaryKey && constraintsOf(primaryKey)),
        ...(clusterBy.length > 0 && { clustering: { fields: [...clusterBy] } }),
      }
      await newTables.turn({ urgent: true })
      return outcomeOf(['exists'], async () => {
        const [created] = await calls.run(`tables.insert ${table}`, () =>
          dataset.createTable(table, definition),
        )
        return stateOf(created.metadata as Metadata)
      })
    },
    async alter(table, { etag, fields }, columns, { primaryKey } = {}) {
      // the client sends If-Match for the etag
      const schema = { fields: fieldsOfColumns(columns, fields) as object[] }
      const change = { etag, schema, ...(primaryKey && constraintsOf(primaryKey)) }
      return outcomeOf(['stale', 'missing'], async () => {
        const [changed] = await calls.run(`tables.patch ${table}`, () =>
          dataset.table(table).setMetadata(change),
        )
        return stateOf(changed as Metadata)
      })
    },
    async widen(table, { columns: before }, columns) {
      const statement = widenStatement(`${projectId}.${datasetId}.${table}`, before, columns)
      if (statement === undefined) return { outcome: 'lost' }
      return outcomeOf(['stale', 'missing'], async () => {
        await calls.run(`ALTER TABLE ${table}`, () =>
          client.query({ query: statement, useLegacySql: false }, { timeoutMs }),
        )
        const metadata = await metadataOf(table)
        const state = metadata && stateOf(metadata)
        // what was read may be older than the statement
        return state && !isStillNarrow(before, columns, state.columns) ? state : undefined
      })
    },
    async keepView(view, query, fields) {
      const definition = { view: { query, useLegacySql: false } }
      const metadata = await metadataOf(view, background)
      if (!metadata) return makeInBackground(view, definition)
      if (metadata.type !== 'VIEW') throw new Error(`${view} is a ${metadata.type}, and no view`)
      if (metadata.view?.query === query && shapeOf(metadata.schema?.fields) === shapeOf(fields)) return
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
        await makeInBackground(CHANGES_TABLE, CHANGES_OPTIONS)
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

function constraintsOf(columns: readonly string[]): object {
  return { tableConstraints: { primaryKey: { columns: [...columns] } } }
}

/** Names and types: a view has no modes of its own. */
function shapeOf(fields: readonly TableField[] = []): string {
  return fields.map(({ name, type, fields: inner }) => `${name} ${type} (${shapeOf(inner)})`).join(',')
}

function stateOf(metadata: Metadata): TableState {
  const { etag = '', creationTime = '0', lastModifiedTime = '0', schema, tableConstraints } = metadata
  const fields = schema?.fields ?? []
  const requiresPartitionFilter = metadata.requirePartitionFilter === true
  const primaryKey = tableConstraints?.primaryKey?.columns ?? []
  const times = { createdAt: Number(creationTime), modifiedAt: Number(lastModifiedTime) }
  return { etag, fields, columns: columnsOfFields(fields), primaryKey, requiresPartitionFilter, ...times }
}
