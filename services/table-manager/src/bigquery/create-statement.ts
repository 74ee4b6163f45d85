import type { Destination } from '@tablestream/contract'
import { limitOf, typeText, type ColumnType } from '@tablestream/table-schema'
import type { CreateOptions, TableField } from '../tables.ts'

/**
 * The DDL that makes the same table as tables.insert does of these fields: a query job, of which a user may begin 100 a second,
 * where he may insert 10 tables (docs: quotas, API requests).
 *
 * @param table `project.dataset.table`
 */
export function createStatement(
  table: string,
  { partitionBy, clusterBy }: Destination,
  fields: readonly TableField[],
  { requirePartitionFilter = false, primaryKey = [], labels }: CreateOptions = {},
): string {
  const definitions = fields.map(definitionOf)
  const options = [
    ...(requirePartitionFilter ? ['require_partition_filter=TRUE'] : []),
    ...(labels ? [`labels=[${Object.entries(labels).map(labelOf).join(', ')}]`] : []),
  ]
  if (primaryKey.length > 0)
    definitions.push(`PRIMARY KEY (${primaryKey.map(quoted).join(', ')}) NOT ENFORCED`)
  return [
    `CREATE TABLE ${quoted(table)} (${definitions.join(', ')})`,
    `PARTITION BY ${quoted(partitionBy)}`,
    ...(clusterBy.length > 0 ? [`CLUSTER BY ${clusterBy.map(quoted).join(', ')}`] : []),
    ...(options.length > 0 ? [`OPTIONS(${options.join(', ')})`] : []),
  ].join(' ')
}

/** @param view `project.dataset.view` */
export function createViewStatement(view: string, query: string): string {
  return `CREATE VIEW ${quoted(view)} AS ${query}`
}

const labelOf = ([name, value]: readonly [string, string]): string => `(${literal(name)}, ${literal(value)})`

function definitionOf(field: TableField): string {
  const { name = '', mode, description } = field
  const required = mode === 'REQUIRED' ? ' NOT NULL' : ''
  const options = description === undefined ? '' : ` OPTIONS(description=${literal(description)})`
  return `${quoted(name)} ${typeOf(field)}${required}${options}`
}

function typeOf(field: TableField): string {
  const { type = '', mode, fields } = field
  const one = fields
    ? `STRUCT<${fields.map(definitionOf).join(', ')}>`
    : typeText(type as ColumnType, limitOf(field))
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one
}

function quoted(name: string): string {
  return `\`${name}\``
}

/** A text as GoogleSQL writes it: JSON's escapes are GoogleSQL's, too (docs: lexical structure, escape sequences). */
function literal(text: string): string {
  return JSON.stringify(text)
}
