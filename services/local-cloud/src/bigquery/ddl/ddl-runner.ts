import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import type { AlterTable } from '../../sql/statements/alter-table.ts'
import { parseAlterTable } from '../../sql/statements/alter-table.ts'
import { parseCreateStatement, type CreateStatement } from '../../sql/statements/create-statement.ts'
import { parseDropStatement, type DropStatement } from '../../sql/statements/drop-statement.ts'
import { parseLoadStatement, type LoadStatement } from '../../sql/statements/load-statement.ts'
import {
  parseExportStatement,
  type ExportOptions,
  type ExportStatement,
} from '../../sql/statements/export-statement.ts'
import { alterTable, alterView } from './alter-columns.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { settledOptions } from './ddl-options.ts'
import { withForeignKeys } from './foreign-keys.ts'
import { columnNames } from '../rows/destination.ts'
import { withMadeRows } from '../rows/made-rows.ts'
import { runCounted, type DmlCounts } from '../rows/dml-counts.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { withEmptyArrays } from '../values/cells.ts'
import { readFields, type Field } from '../values/fields.ts'
import type { SourceSpec } from '../table/source-spec.ts'
import { isByIngestion, partitionTime, storedFields } from '../table/partition-time.ts'
import { settlePartitions } from '../table/settle-partitions.ts'
import { physical } from '../table/physical.ts'
import { refuseSnapshot, snapshotOf, withoutExpiration } from '../table/table-snapshot.ts'
import type { Store } from '../store/store.ts'
import { wouldAffectBuffer } from '../store/streaming-buffer.ts'
import {
  incarnationOf,
  kindOf,
  readSpec,
  type Table,
  type TableReference,
  type ViewDefinition,
} from '../table/table.ts'

export type DdlStatement =
  | CreateStatement
  | DropStatement
  | ExportStatement
  | LoadStatement
  | (AlterTable & { readonly type: 'ALTER_TABLE' | 'ALTER_VIEW' | 'ALTER_MATERIALIZED_VIEW' })

export interface DdlResult {
  readonly statementType: DdlStatement['type']
  readonly ddl?: { readonly operation: DdlOperation; readonly target: TableReference }
  /** Of TRUNCATE. */
  readonly dml?: DmlCounts
}

export type DdlOperation = 'CREATE' | 'REPLACE' | 'SKIP' | 'DROP' | 'ALTER'

/** A SELECT in DuckDB's SQL. @param wanted the columns that its rows are for, where they are listed */
export interface MadeSelect {
  readonly sql: string
  readonly fields: readonly Field[]
  /** Incarnations of the tables that it reads. */
  readonly reads: readonly string[]
}

export interface DdlParts {
  readonly catalog: Catalog
  readonly store: Store
  /** @throws BigQueryError notFound where there is no such dataset */
  readonly newTable: (path: readonly string[]) => TableReference
  /** Where a temporary table goes. @throws BigQueryError outside of a script */
  readonly newTemporary: (path: readonly string[]) => Promise<TableReference>
  readonly describeView: (view: ViewDefinition) => Promise<readonly Field[]>
  /** The columns of files. @throws BigQueryError where one is not there, or not of its format */
  readonly describeFiles: (source: SourceSpec, schema: SourceSpec['schema']) => Promise<readonly Field[]>
  /** Brings files into a table, as a load job does. @throws BigQueryError */
  readonly loadFiles: (spec: { readonly destinationTable: TableReference }) => Promise<void>
  /** Writes rows to files. @throws BigQueryError */
  readonly exportRows: (
    made: { readonly fields: readonly Field[]; readonly rows: DuckDBValue[][] },
    options: ExportOptions,
  ) => Promise<void>
  /** The value of a TIMESTAMP in milliseconds since 1970. */
  readonly millisOf: (expression: string) => Promise<string>
  /** @param wanted the columns that its rows are for, where they are listed */
  readonly select: (query: string, wanted: readonly Field[] | undefined) => Promise<MadeSelect>
}

/** The type of each statement, as its job has it. */
const ALTERS = {
  TABLE: 'ALTER_TABLE',
  'SNAPSHOT TABLE': 'ALTER_TABLE',
  VIEW: 'ALTER_VIEW',
  'MATERIALIZED VIEW': 'ALTER_MATERIALIZED_VIEW',
} as const

/** A statement that makes, changes or drops a table, or brings files in or out; undefined where the text is another one. */
export function parseDdl(sql: string): DdlStatement | undefined {
  const alter = parseAlterTable(sql)
  if (alter) return { type: ALTERS[alter.of], ...alter }
  const made = parseCreateStatement(sql) ?? parseDropStatement(sql)
  return made ?? parseExportStatement(sql) ?? parseLoadStatement(sql)
}

/** @throws BigQueryError */
export function runDdl(parts: DdlParts, statement: DdlStatement, isDry: boolean): Promise<DdlResult> {
  switch (statement.type) {
    case 'ALTER_TABLE':
    case 'ALTER_VIEW':
    case 'ALTER_MATERIALIZED_VIEW':
      return alterTarget(parts, statement, isDry)
    case 'DROP_TABLE':
    case 'DROP_EXTERNAL_TABLE':
    case 'DROP_VIEW':
    case 'DROP_MATERIALIZED_VIEW':
    case 'DROP_SNAPSHOT_TABLE':
      return drop(parts, statement, isDry)
    case 'LOAD_DATA':
      return loadData(parts, statement, isDry)
    case 'EXPORT_DATA':
      return exportData(parts, statement, isDry)
    case 'TRUNCATE_TABLE':
      return truncate(parts, statement, isDry)
    default:
      return create(parts, statement, isDry)
  }
}

async function alterTarget(parts: DdlParts, statement: AlterTable, isDry: boolean): Promise<DdlResult> {
  const target = parts.newTable(statement.path)
  const statementType = ALTERS[statement.of]
  const { tables } = parts.catalog
  const found = tables.find(target)
  if (!found && statement.ifExists) return { statementType, ddl: { operation: 'SKIP', target } }
  const table = statement.of === 'TABLE' ? tables.writable(target) : tables.get(target)
  const kind = kindOf(table.spec)
  if (statement.of !== 'TABLE' && kind !== statement.of.replace(' TABLE', '').replace(' ', '_'))
    throw new BigQueryError(
      'invalidQuery',
      `${statement.path.join('.')} is no ${statement.of.replace(' TABLE', '')}`,
    )
  const settled = (options: Readonly<Record<string, unknown>>) =>
    settledOptions(options, table.spec.timePartitioning, parts.millisOf)
  const isView = table.spec.view !== undefined
  if (!isDry && isView) await alterView(tables, table, statement.actions, settled)
  if (!isDry && !isView) await alterTable(tables, table, statement.actions, settled, parts.newTable)
  return { statementType, ddl: { operation: 'ALTER', target } }
}

async function drop(
  { catalog, newTable }: DdlParts,
  statement: DropStatement,
  isDry: boolean,
): Promise<DdlResult> {
  const { type: statementType, path, ifExists } = statement
  const target = newTable(path)
  const table = catalog.tables.find(target)
  if (!table && ifExists) return { statementType, ddl: { operation: 'SKIP', target } }
  const kind = kindOf(catalog.tables.get(target).spec)
  if (statementType === 'DROP_EXTERNAL_TABLE' && kind !== 'EXTERNAL')
    throw new BigQueryError('invalidQuery', `${path.join('.')} has type ${kind}`)
  const word = kind === 'EXTERNAL' ? 'TABLE' : kind === 'SNAPSHOT' ? 'SNAPSHOT TABLE' : kind.replace('_', ' ')
  if (word !== statementType.replace(/^DROP_(EXTERNAL_)?/, '').replace('_', ' '))
    throw new BigQueryError('invalidQuery', `${path.join('.')} is a ${word}: DROP ${word} drops it.`)
  if (!isDry) await catalog.tables.delete(target)
  return { statementType, ddl: { operation: 'DROP', target } }
}

async function loadData(
  { newTable, loadFiles }: DdlParts,
  { path, spec }: LoadStatement,
  isDry: boolean,
): Promise<DdlResult> {
  const destinationTable = newTable(path)
  if (!isDry) await loadFiles({ ...spec, destinationTable })
  return { statementType: 'LOAD_DATA' }
}

async function exportData(
  { store, select, exportRows }: DdlParts,
  { query, options }: ExportStatement,
  isDry: boolean,
): Promise<DdlResult> {
  const { sql, fields, reads } = await select(query, undefined)
  if (!isDry) {
    const reader = await store.query(sql, reads)
    const types = reader.columnTypes()
    const rows = reader.getRows().map((row) => [...withEmptyArrays(row, types)])
    await exportRows({ fields, rows }, options)
  }
  return { statementType: 'EXPORT_DATA' }
}

async function truncate(parts: DdlParts, { path }: DropStatement, isDry: boolean): Promise<DdlResult> {
  const { catalog, store, newTable } = parts
  const table = catalog.tables.writable(newTable(path))
  if (isDry) return { statementType: 'TRUNCATE_TABLE' }
  if (catalog.buffer.of(incarnationOf(table)).some(({ mayChange }) => !mayChange))
    throw wouldAffectBuffer('TRUNCATE DML', table.reference)
  const dml = await store.write(
    (connection) => runCounted(connection, 'DELETE', `DELETE FROM ${physical(table.reference)}`),
    [incarnationOf(table)],
  )
  catalog.buffer.forget(incarnationOf(table))
  return { statementType: 'TRUNCATE_TABLE', dml }
}

async function create(parts: DdlParts, statement: CreateStatement, isDry: boolean): Promise<DdlResult> {
  const { catalog, newTable, describeView } = parts
  const { type: statementType, path, ifNotExists, isTemporary, orReplace, query } = statement
  const now = statement.source && catalog.tables.stored(newTable(statement.source.path))
  const asOf = statement.source?.asOf
  const then = now && asOf !== undefined ? parts.store.rowsAt(now, asOf) : undefined
  const source = now && then ? { ...now, ...then.table } : now
  const keyed = withForeignKeys(statement.body, newTable)
  const own = await settledOptions(keyed, source?.spec.timePartitioning, parts.millisOf)
  const isSnapshot = statementType === 'CREATE_SNAPSHOT_TABLE'
  const copied = source && { ...source, spec: isSnapshot ? withoutExpiration(source.spec) : source.spec }
  const said = {
    ...(copied && settingsFrom(copied, own)),
    ...own,
    ...(source && isSnapshot && { snapshotDefinition: snapshotOf(source, asOf ?? parts.store.now()) }),
  }
  if (orReplace && ifNotExists)
    throw new BigQueryError('invalidQuery', 'CREATE OR REPLACE and IF NOT EXISTS cannot be used together.')
  const target = isTemporary ? await parts.newTemporary(path) : newTable(path)
  const before = catalog.tables.find(target)
  const isView = statementType === 'CREATE_VIEW' || statementType === 'CREATE_MATERIALIZED_VIEW'
  const { view, ...files } = said as { view?: ViewDefinition } & TableOfFiles
  const skipped: DdlResult = { statementType, ddl: { operation: 'SKIP', target } }
  // what files hold is not asked where nothing is made of them
  if (before && ifNotExists && files.externalDataConfiguration) return skipped
  const body = files.externalDataConfiguration ? await withColumns(parts, files) : said
  const viewFields = view && (await describeView(view))
  const isCopy = source && statement.source?.how !== 'LIKE'
  const made = isCopy
    ? rowsOf(source, then?.sql)
    : query === undefined
      ? undefined
      : await parts.select(query, columnsOf(body))
  if (before && ifNotExists) return skipped
  if (before && !orReplace)
    throw new BigQueryError(
      'duplicate',
      `Already Exists: Table ${target.projectId}:${target.datasetId}.${target.tableId}`,
    )
  if (query !== undefined && !source && isByIngestion({ spec: readSpec(body) }))
    throw new BigQueryError(
      'invalidQuery',
      'A table that is partitioned by ingestion time is not made AS SELECT.',
    )
  if (before) refuseSnapshot(before)
  const operation = before ? 'REPLACE' : 'CREATE'
  const result: DdlResult = { statementType, ddl: { operation, target } }
  if (isDry) return result
  if (before?.spec.view && !isView) throw notImplemented('CREATE OR REPLACE of a view by a table')
  if (before?.spec.view && isView && kindOf(before.spec) !== statementType.slice('CREATE_'.length))
    throw new BigQueryError('invalidQuery', `${path.join('.')} is a ${kindOf(before.spec).replace('_', ' ')}`)
  if (before && isView) await catalog.tables.patch(target, body, undefined, viewFields)
  else if (made) await fill(parts, target, body, made)
  else if (before && !isView) await catalog.tables.replace(target, body, async () => {})
  else await catalog.tables.create(target, body, viewFields)
  return result
}

/** What a table has of the one that it is like, but for how it is partitioned where it says so itself. */
function settingsFrom(
  { spec, fields }: Table,
  { timePartitioning, rangePartitioning }: Readonly<Record<string, unknown>>,
): CreateStatement['body'] {
  const { timePartitioning: byTime, rangePartitioning: byRange, snapshotDefinition: _, ...others } = spec
  const isOwn = timePartitioning !== undefined || rangePartitioning !== undefined
  return {
    ...others,
    ...(!isOwn && byTime && { timePartitioning: byTime }),
    ...(!isOwn && byRange && { rangePartitioning: byRange }),
    schema: { fields },
  }
}

/** @param from DuckDB's SQL for the table as it was; absent: as it is */
function rowsOf(table: Table, from = physical(table.reference)): MadeSelect {
  const { fields } = table
  const sql = `SELECT ${columnNames(storedFields(table)).slice(1, -1)} FROM ${from}`
  return { sql, fields, reads: [incarnationOf(table)] }
}

interface TableOfFiles {
  readonly externalDataConfiguration?: SourceSpec
  readonly schema?: SourceSpec['schema']
}

/** A table that shows files has the columns that are said, or those that they have. */
async function withColumns(parts: DdlParts, body: TableOfFiles): Promise<CreateStatement['body']> {
  const fields = await parts.describeFiles(body.externalDataConfiguration!, body.schema)
  return { ...body, schema: { fields } }
}

const columnsOf = (body: CreateStatement['body']): readonly Field[] | undefined => {
  const { schema } = body as { schema?: { fields: readonly Field[] } }
  return schema && readFields(schema.fields)
}

/**
 * A new table has its rows with its first transaction. Those that replace a table are made before it is dropped, which they may be read
 * from: a query that fails changes nothing.
 */
async function fill(
  { catalog, store }: DdlParts,
  reference: TableReference,
  body: CreateStatement['body'],
  select: MadeSelect,
): Promise<void> {
  const { fields, sql, reads } = select
  const spec = { spec: readSpec(body) }
  const time = partitionTime({ ...spec, reference }, store.now())
  const columns = isByIngestion(spec) ? 'BY NAME' : columnNames(fields)
  const inserted = (rows: string) => async (connection: DuckDBConnection) => {
    await connection.run(`INSERT INTO ${physical(reference)} ${columns} ${rows}`)
    await settlePartitions(connection, { ...spec, reference }, time)
  }
  const made = { ...body, schema: { fields } }
  if (!catalog.tables.find(reference)) {
    await catalog.tables.create(reference, made, undefined, { fill: inserted(sql), reads })
    return
  }
  await withMadeRows(store, reference, select, async (from) => {
    await catalog.tables.replace(reference, made, inserted(`SELECT * FROM ${from}`))
  })
}
