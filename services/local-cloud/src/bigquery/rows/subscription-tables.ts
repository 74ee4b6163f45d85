import { isUtf8 } from 'node:buffer'
import { GoogleError } from '../../google-error.ts'
import { partsOf } from '../../pubsub/messages/message.ts'
import type { StoredMessage } from '../../pubsub/messages/stored-message.ts'
import type { BigQueryConfig } from '../../pubsub/resources/subscription-config.ts'
import type { TableDoor } from '../../pubsub/delivery/table-delivery.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import { lineOfJsonRow } from './json-rows.ts'
import { LineWriter } from '../table/line-writer.ts'
import { writeAttributes } from './message-parts.ts'
import { insertTarget } from '../table/physical.ts'
import { jsonColumn, RowError } from '../values/row-values.ts'
import type { Store } from '../store/store.ts'
import type { Table } from '../table/table.ts'

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
  const lines = new LineWriter()
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
      const plan = planLines(table.fields, config, subscription)
      const refused: number[] = []
      messages.forEach((message, index) => {
        const start = lines.length
        try {
          writeLine(plan, message, lines)
        } catch (error) {
          lines.truncate(start)
          if (!(error instanceof RowError)) throw error
          refused.push(index)
        }
      })
      if (refused.length < messages.length) await store.insert(insertTarget(table), lines.take())
      return refused
    },
  }
}

function tableOf(catalog: Catalog, { table }: BigQueryConfig): Table {
  const [projectId = '', datasetId = '', tableId = ''] = table.split(/[.:]/)
  try {
    return catalog.tables.writable({ projectId, datasetId, tableId })
  } catch (error) {
    if (!(error instanceof BigQueryError)) throw error
    const status = error.reason === 'notFound' ? 'NOT_FOUND' : 'INVALID_ARGUMENT'
    throw new GoogleError(status, error.message, { cause: error })
  }
}

/** What a line of a message holds, by the table and the subscription. */
interface LinePlan {
  readonly config: BigQueryConfig
  readonly fields: readonly Field[]
  /** `"subscription_name":"…","message_id":"` as it stands in each line. */
  readonly head: string
  readonly attributesType: string | undefined
  readonly dataType: string | undefined
}

function planLines(fields: readonly Field[], config: BigQueryConfig, subscription: string): LinePlan {
  const typeOf = (column: string) => fields.find(({ name }) => name === column)?.type
  return {
    config,
    fields,
    head: `"subscription_name":${JSON.stringify(subscription)},"message_id":"`,
    attributesType: typeOf('attributes'),
    dataType: typeOf('data'),
  }
}

/** @throws RowError where the data is not what its column takes: then what was written means nothing */
function writeLine(plan: LinePlan, message: StoredMessage, to: LineWriter): void {
  const { writeMetadata, useTableSchema, dropUnknownFields } = plan.config
  to.ascii('{')
  const data = writeMetadata ? writeKnown(plan, message, to) : partsOf(message).data
  if (!useTableSchema) {
    to.ascii(writeMetadata ? ',"data":' : '"data":')
    writeData(plan.dataType, data, to)
  } else {
    const row = lineOfJsonRow(plan.fields, jsonObject(data), dropUnknownFields)
    if (row !== '{}') to.text(`${writeMetadata ? ',' : ''}${row.slice(1, -1)}`)
  }
  to.ascii('}')
  to.endLine()
}

/** Writes what Pub/Sub knows of a message. @returns its data */
function writeKnown(plan: LinePlan, message: StoredMessage, to: LineWriter): Buffer {
  to.ascii(plan.head)
  to.ascii(message.id)
  to.ascii(`","publish_time":"${timeText(message.publishTime)}","attributes":`)
  if (plan.attributesType === 'JSON') return writeAttributes(message, to)
  const { data, attributes, orderingKey } = partsOf(message)
  const all = orderingKey === '' ? attributes : { ...attributes, orderingKey }
  to.text(JSON.stringify(JSON.stringify(all)))
  return data
}

let lastTime = Number.NaN
let lastText = ''

/** Messages of one publish share their time. */
function timeText(publishTime: number): string {
  if (publishTime !== lastTime) {
    lastTime = publishTime
    lastText = new Date(publishTime).toISOString()
  }
  return lastText
}

function writeData(type: string | undefined, data: Buffer, to: LineWriter): void {
  if (type === 'BYTES') to.base64(data)
  else if (type === 'JSON') to.text(jsonColumn(textOf(data), 'data'))
  else if (isUtf8(data)) to.quoted(data)
  else throw notText()
}

function jsonObject(data: Buffer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(jsonColumn(textOf(data), 'data'))
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new RowError('data', 'The message is no JSON object.')
}

function textOf(data: Buffer): string {
  if (!isUtf8(data)) throw notText()
  return data.toString('utf8')
}

function notText(): RowError {
  return new RowError('data', 'The message is not UTF-8 text.')
}
