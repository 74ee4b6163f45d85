import { isUtf8 } from 'node:buffer'
import { GoogleError } from '../google-error.ts'
import { partsOf, type StoredMessage } from '../pubsub/message.ts'
import type { BigQueryConfig } from '../pubsub/subscription-config.ts'
import type { TableDoor } from '../pubsub/table-delivery.ts'
import type { Catalog } from './catalog.ts'
import { BigQueryError } from './errors.ts'
import type { Field } from './fields.ts'
import { lineOfJsonRow } from './json-rows.ts'
import { insertTarget } from './physical.ts'
import { jsonColumn, RowError } from './row-values.ts'
import type { Store } from './store.ts'
import type { Table } from './table.ts'

/** Columns that a BigQuery subscription fills (docs: Pub/Sub, BigQuery subscriptions), with the types that they may have. */
const DATA: ColumnRule = { name: 'data', types: ['STRING', 'BYTES', 'JSON'] }
const METADATA: readonly ColumnRule[] = [
  { name: 'subscription_name', types: ['STRING'] },
  { name: 'message_id', types: ['STRING'] },
  { name: 'publish_time', types: ['TIMESTAMP'] },
  { name: 'attributes', types: ['STRING', 'JSON'] },
]

interface ColumnRule {
  readonly name: string
  readonly types: readonly string[]
}

/** Rows of messages: their data in one column, or by the table's own columns where the data is JSON. */
export function subscriptionTables(catalog: Catalog, store: Store): TableDoor {
  return {
    check(config) {
      const { fields } = tableOf(catalog, config)
      const wanted = [...(config.useTableSchema ? [] : [DATA]), ...(config.writeMetadata ? METADATA : [])]
      for (const { name, types } of wanted) {
        const type = fields.find((field) => field.name === name)?.type
        if (type === undefined || !types.includes(type)) {
          const message = `Incompatible schema mismatch: table ${config.table} needs a column ${name} of type ${types.join(' or ')}, and has ${type ?? 'none'}.`
          throw new GoogleError('INVALID_ARGUMENT', message)
        }
      }
    },
    async write(config, subscription, messages) {
      const table = tableOf(catalog, config)
      const lines: string[] = []
      const refused: number[] = []
      messages.forEach((message, index) => {
        try {
          lines.push(lineOf(table.fields, config, subscription, message))
        } catch (error) {
          if (!(error instanceof RowError)) throw error
          refused.push(index)
        }
      })
      if (lines.length > 0) await store.insert(insertTarget(table), lines)
      return refused
    },
  }
}

function tableOf(catalog: Catalog, { table }: BigQueryConfig): Table {
  const [projectId = '', datasetId = '', tableId = ''] = table.split(/[.:]/)
  try {
    return catalog.tables.stored({ projectId, datasetId, tableId })
  } catch (error) {
    if (!(error instanceof BigQueryError)) throw error
    const status = error.reason === 'notFound' ? 'NOT_FOUND' : 'INVALID_ARGUMENT'
    throw new GoogleError(status, error.message, { cause: error })
  }
}

/** @throws RowError where the data is not what its column takes */
function lineOf(
  fields: readonly Field[],
  { writeMetadata, useTableSchema, dropUnknownFields }: BigQueryConfig,
  subscription: string,
  message: StoredMessage,
): string {
  const { data, attributes, orderingKey } = partsOf(message)
  const entries: string[] = []
  if (writeMetadata) {
    const all = { ...attributes, ...(orderingKey !== '' && { orderingKey }) }
    const text = JSON.stringify(all)
    entries.push(
      `"subscription_name":${JSON.stringify(subscription)}`,
      `"message_id":"${message.id}"`,
      `"publish_time":"${new Date(message.publishTime).toISOString()}"`,
      `"attributes":${typeOf(fields, 'attributes') === 'JSON' ? text : JSON.stringify(text)}`,
    )
  }
  if (!useTableSchema) entries.push(`"data":${dataColumn(typeOf(fields, 'data'), data)}`)
  else {
    const row = lineOfJsonRow(fields, jsonObject(data), dropUnknownFields)
    if (row !== '{}') entries.push(row.slice(1, -1))
  }
  return `{${entries.join(',')}}`
}

function typeOf(fields: readonly Field[], column: string): string | undefined {
  return fields.find(({ name }) => name === column)?.type
}

function dataColumn(type: string | undefined, data: Buffer): string {
  if (type === 'BYTES') return `"${data.toString('base64')}"`
  const text = textOf(data)
  return type === 'JSON' ? jsonColumn(text, 'data') : JSON.stringify(text)
}

function jsonObject(data: Buffer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(jsonColumn(textOf(data), 'data'))
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new RowError('data', 'The message is no JSON object.')
}

function textOf(data: Buffer): string {
  if (!isUtf8(data)) throw new RowError('data', 'The message is not UTF-8 text.')
  return data.toString('utf8')
}
