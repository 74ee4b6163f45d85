import type { ForeignKey } from '../../bigquery/table/table-constraints.ts'
import type { Table, TableReference } from '../../bigquery/table/table.ts'
import { columnDdl, nameDdl } from './data-type.ts'
import { labelsOf, plainOptions } from './table-options.ts'

/** The statement that makes a table or view anew, written as BigQuery writes it (docs: TABLES view, "ddl"). */
export function tableDdl(table: Table): string {
  const { materializedView, view, snapshotDefinition, externalDataConfiguration } = table.spec
  const query = view?.query ?? ''
  if (materializedView) return statement('MATERIALIZED VIEW', table, [...optionsDdl(table), `AS ${query}`])
  if (view) return statement('VIEW', table, [...optionsDdl(table), `AS ${query}`])
  if (snapshotDefinition) {
    const { baseTableReference, snapshotTime } = snapshotDefinition
    const source = `CLONE ${pathDdl(baseTableReference)} FOR SYSTEM_TIME AS OF TIMESTAMP "${snapshotTime}"`
    return statement('SNAPSHOT TABLE', table, [source, ...optionsDdl(table)])
  }
  if (externalDataConfiguration) {
    const columns = externalDataConfiguration.autodetect === true ? [] : columnsDdl(table)
    return statement('EXTERNAL TABLE', table, [...columns, ...optionsDdl(table)])
  }
  return statement('TABLE', table, [...columnsDdl(table), ...placesDdl(table), ...optionsDdl(table)])
}

function statement(kind: string, { reference }: Table, lines: readonly string[]): string {
  return `${[`CREATE ${kind} ${pathDdl(reference)}`, ...lines].join('\n')};`
}

const pathDdl = ({ projectId, datasetId, tableId }: TableReference): string =>
  `\`${projectId}.${datasetId}.${tableId}\``

function columnsDdl({ fields, spec }: Table): string[] {
  const { primaryKey, foreignKeys = [] } = spec.tableConstraints ?? {}
  const keys = primaryKey?.columns?.length
    ? [`PRIMARY KEY (${namesDdl(primaryKey.columns)}) NOT ENFORCED`]
    : []
  const lines = [...fields.map(columnDdl), ...keys, ...foreignKeys.map(foreignKeyDdl)]
  return lines.length > 0 ? [`(\n${lines.map((line) => `  ${line}`).join(',\n')}\n)`] : []
}

function foreignKeyDdl({ name, columnReferences, referencedTable }: ForeignKey): string {
  const own = columnReferences.map(({ referencingColumn }) => referencingColumn)
  const others = columnReferences.map(({ referencedColumn }) => referencedColumn)
  const key = `FOREIGN KEY (${namesDdl(own)}) REFERENCES ${pathDdl(referencedTable)} (${namesDdl(others)}) NOT ENFORCED`
  return name ? `CONSTRAINT ${nameDdl(name)} ${key}` : key
}

const namesDdl = (names: readonly string[]): string => names.map(nameDdl).join(', ')

/** Where rows are: partitions and clusters. */
function placesDdl({ fields, spec }: Table): string[] {
  const { timePartitioning, rangePartitioning, clustering } = spec
  const clusters = clustering?.fields ?? []
  const lines = clusters.length > 0 ? [`CLUSTER BY ${namesDdl(clusters)}`] : []
  if (rangePartitioning) {
    const { field, range } = rangePartitioning
    const places = `GENERATE_ARRAY(${range.start}, ${range.end}, ${range.interval})`
    return [`PARTITION BY RANGE_BUCKET(${nameDdl(field)}, ${places})`, ...lines]
  }
  if (!timePartitioning) return lines
  const { field, type = 'DAY' } = timePartitioning
  const column = fields.find(({ name }) => name.toLowerCase() === field?.toLowerCase())
  return [
    `PARTITION BY ${partsDdl(nameDdl(field ?? '_PARTITIONTIME'), column?.type ?? 'TIMESTAMP', type)}`,
    ...lines,
  ]
}

/** @param type of the column @param part of time that a partition holds */
function partsDdl(column: string, type: string, part: string): string {
  if (part !== 'DAY') return `${type}_TRUNC(${column}, ${part})`
  return type === 'DATE' ? column : `DATE(${column})`
}

/** Labels are pairs here, where TABLE_OPTIONS has STRUCTs. */
function optionsDdl(table: Table): string[] {
  const pairs = labelsOf(table.spec).map(
    ([key, value]) => `(${JSON.stringify(key)}, ${JSON.stringify(value)})`,
  )
  const lines = plainOptions(table).map(({ name, value }) => `${name}=${value}`)
  const all = pairs.length > 0 ? [...lines, `labels=[${pairs.join(', ')}]`] : lines
  return all.length > 0 ? [`OPTIONS(\n${all.map((line) => `  ${line}`).join(',\n')}\n)`] : []
}
