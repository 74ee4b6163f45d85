import { notImplemented } from '../../bigquery/errors.ts'
import { quote, quoteText, type Field } from '../../bigquery/values/fields.ts'
import type { Table } from '../../bigquery/table/table.ts'
import type { OutputColumn } from '../resolve/scope.ts'
import { duckDb, INT64, scalar, STRING } from '../typing/sql-type.ts'
import type { TableLookup } from '../table-lookup.ts'
import { dataType } from './data-type.ts'
import { labelsOf, plainOptions } from './table-options.ts'
import { TABLES_COLUMNS, tablesRow } from './tables-view.ts'

type Value = string | number | null

interface View {
  readonly columns: readonly string[]
  readonly rows: (tables: readonly Table[]) => Value[][]
}

const TABLE_COLUMNS = ['table_catalog', 'table_schema', 'table_name']

const VIEWS: Readonly<Record<string, View>> = {
  TABLES: {
    columns: [...TABLE_COLUMNS, ...TABLES_COLUMNS],
    rows: (tables) => tables.map((table) => [...placeOf(table), ...tablesRow(table)]),
  },
  COLUMNS: {
    columns: [
      ...TABLE_COLUMNS,
      'column_name',
      'ordinal_position',
      'is_nullable',
      'data_type',
      'is_generated',
      'is_hidden',
      'is_system_defined',
      'is_partitioning_column',
      'clustering_ordinal_position',
      'column_default',
    ],
    rows: (tables) =>
      tables.flatMap((table) => table.fields.map((field, index) => columnRow(table, field, index))),
  },
  TABLE_SNAPSHOTS: {
    columns: [
      ...TABLE_COLUMNS,
      'base_table_catalog',
      'base_table_schema',
      'base_table_name',
      'snapshot_time',
    ],
    rows: (tables) =>
      tables.flatMap((table) => {
        const { baseTableReference: reference, snapshotTime } = table.spec.snapshotDefinition ?? {}
        return reference && snapshotTime ? [[...placeOf(table), ...placeOf({ reference }), snapshotTime]] : []
      }),
  },
  TABLE_CONSTRAINTS: {
    columns: [
      'constraint_catalog',
      'constraint_schema',
      'constraint_name',
      ...TABLE_COLUMNS,
      'constraint_type',
      'is_deferrable',
      'initially_deferred',
      'enforced',
    ],
    rows: (tables) =>
      tables.flatMap((table) =>
        keysOf(table).map(({ name, type }): Value[] => [
          ...constraintOf(table, name),
          ...placeOf(table),
          type,
          'NO',
          'NO',
          'NO',
        ]),
      ),
  },
  VIEWS: {
    columns: [...TABLE_COLUMNS, 'view_definition', 'check_option', 'use_standard_sql'],
    rows: (tables) =>
      tables.flatMap((table) => {
        const { view, materializedView } = table.spec
        return view && !materializedView
          ? [[...placeOf(table), view.query ?? null, null, view.useLegacySql === false ? 'YES' : 'NO']]
          : []
      }),
  },
  MATERIALIZED_VIEWS: {
    columns: [...TABLE_COLUMNS, 'last_refresh_time', 'refresh_watermark_time'],
    rows: (tables) =>
      tables
        .filter(({ spec }) => spec.materializedView)
        .map((table) => {
          const time = new Date(table.lastModifiedTime).toISOString()
          return [...placeOf(table), time, time]
        }),
  },
  TABLE_OPTIONS: {
    columns: [...TABLE_COLUMNS, 'option_name', 'option_type', 'option_value'],
    rows: (tables) =>
      tables.flatMap((table) => optionsOf(table).map((option): Value[] => [...placeOf(table), ...option])),
  },
  KEY_COLUMN_USAGE: {
    columns: [
      'constraint_catalog',
      'constraint_schema',
      'constraint_name',
      ...TABLE_COLUMNS,
      'column_name',
      'ordinal_position',
      'position_in_unique_constraint',
    ],
    rows: (tables) =>
      tables.flatMap((table) =>
        keysOf(table).flatMap(({ name, columns, positions }) =>
          columns.map((column, index): Value[] => {
            const own = [...constraintOf(table, name), ...placeOf(table), column]
            return [...own, index + 1, positions?.[index] ?? null]
          }),
        ),
      ),
  },
  CONSTRAINT_COLUMN_USAGE: {
    columns: [...TABLE_COLUMNS, 'column_name', 'constraint_catalog', 'constraint_schema', 'constraint_name'],
    rows: (tables) =>
      tables.flatMap((table) =>
        keysOf(table).flatMap(({ name, place, used }) =>
          used.map((column): Value[] => [...place, column, ...constraintOf(table, name)]),
        ),
      ),
  },
  COLUMN_FIELD_PATHS: {
    columns: [...TABLE_COLUMNS, 'column_name', 'field_path', 'data_type', 'description'],
    rows: (tables) =>
      tables.flatMap((table) =>
        table.fields.flatMap((column) =>
          fieldPaths(column, column.name).map(({ path, field }): Value[] => [
            ...placeOf(table),
            column.name,
            path,
            dataType(field),
            field.description ?? null,
          ]),
        ),
      ),
  },
}

interface Made {
  readonly sql: string
  readonly columns: readonly OutputColumn[]
}

/** A query that gives a view of INFORMATION_SCHEMA. @param tablesOf those that it is about @throws BigQueryError notImplemented */
export function informationSchema(name: string, tablesOf: () => readonly Table[]): Made {
  const view = VIEWS[name]
  if (!view) throw notImplemented(`INFORMATION_SCHEMA.${name}`)
  return values(view.columns, view.rows(tablesOf()))
}

/** A query that gives the datasets of a project. */
export function schemata(catalog: TableLookup, project: string): Made {
  const rows = catalog.datasets
    .of(project)
    .map(({ datasetId, location }): Value[] => [project, datasetId, location])
  return values(['catalog_name', 'schema_name', 'location'], rows)
}

/** Name, type and value of what OPTIONS says, the value as SQL writes it. */
function optionsOf(table: Table): [string, string, string][] {
  const pairs = labelsOf(table.spec)
  const list = pairs.map(([key, value]) => `STRUCT(${JSON.stringify(key)}, ${JSON.stringify(value)})`)
  const labels: [string, string, string] = ['labels', 'ARRAY<STRUCT<STRING, STRING>>', `[${list.join(', ')}]`]
  const plain = plainOptions(table).map(({ name, type, value }): [string, string, string] => [
    name,
    type,
    value,
  ])
  return pairs.length > 0 ? [labels, ...plain] : plain
}

interface Key {
  readonly name: string
  readonly type: 'PRIMARY KEY' | 'FOREIGN KEY'
  readonly columns: readonly string[]
  /** Where they are in the key that is referred to. */
  readonly positions?: readonly number[]
  /** The columns that it means, and where they are. */
  readonly used: readonly string[]
  readonly place: readonly Value[]
}

function keysOf(table: Table): Key[] {
  const { primaryKey, foreignKeys = [] } = table.spec.tableConstraints ?? {}
  const columns = primaryKey?.columns ?? []
  const own: Key = { name: 'pk$', type: 'PRIMARY KEY', columns, used: columns, place: placeOf(table) }
  const foreign = foreignKeys.map(({ name = '', columnReferences, referencedTable }): Key => {
    const used = columnReferences.map(({ referencedColumn }) => referencedColumn)
    return {
      name,
      type: 'FOREIGN KEY',
      columns: columnReferences.map(({ referencingColumn }) => referencingColumn),
      positions: used.map((_, index) => index + 1),
      used,
      place: [referencedTable.projectId, referencedTable.datasetId, referencedTable.tableId],
    }
  })
  return columns.length > 0 ? [own, ...foreign] : foreign
}

function constraintOf({ reference }: Table, name: string): Value[] {
  return [reference.projectId, reference.datasetId, `${reference.tableId}.${name}`]
}

function placeOf({ reference }: Pick<Table, 'reference'>): Value[] {
  return [reference.projectId, reference.datasetId, reference.tableId]
}

function columnRow(table: Table, field: Field, index: number): Value[] {
  const { spec } = table
  const clustered = (spec.clustering?.fields ?? []).indexOf(field.name)
  return [
    ...placeOf(table),
    field.name,
    index + 1,
    field.mode === 'REQUIRED' ? 'NO' : 'YES',
    dataType(field),
    'NEVER',
    'NO',
    'NO',
    spec.timePartitioning?.field === field.name ? 'YES' : 'NO',
    clustered === -1 ? null : clustered + 1,
    field.defaultValueExpression ?? null,
  ]
}

function fieldPaths(field: Field, path: string): { path: string; field: Field }[] {
  const nested = (field.fields ?? []).flatMap((inner) => fieldPaths(inner, `${path}.${inner.name}`))
  return [{ path, field }, ...nested]
}

function values(columns: readonly string[], rows: readonly (readonly Value[])[]) {
  const shown = rows.length > 0 ? rows : [columns.map(() => null)]
  const tuples = shown.map((row) => `(${row.map(literal).join(', ')})`).join(', ')
  const list = columns.map((column) => quote(column)).join(', ')
  const typed = columns.map((column) => {
    const type =
      column.endsWith('ordinal_position') || column === 'position_in_unique_constraint'
        ? INT64
        : /_time(?:_ms)?$|_watermark$/.test(column)
          ? scalar('TIMESTAMP')
          : STRING
    return { name: column, sqlName: column, type }
  })
  const casts = typed
    .map(({ name, type }) => `CAST(${quote(name)} AS ${duckDb(type)}) AS ${quote(name)}`)
    .join(', ')
  return {
    sql: `(SELECT ${casts} FROM (VALUES ${tuples}) AS rows(${list})${rows.length > 0 ? '' : ' WHERE FALSE'})`,
    columns: typed,
  }
}

function literal(value: Value): string {
  if (value === null) return 'NULL'
  return typeof value === 'number' ? String(value) : quoteText(value)
}
