import { readFileSync } from 'node:fs'
import type { BigQuery } from '@google-cloud/bigquery'
import { destination } from '@tablestream/contract'
import { TYPES } from './history.ts'
import type { Letter, Published } from './played.ts'

const EVENT_COLUMNS = 'event_id:STRING,event_date:DATE,_source:STRING,_fingerprint:INTEGER'

const terraform = (path: string): string =>
  readFileSync(new URL(`../../terraform/${path}`, import.meta.url), 'utf8')

/** The tables that reconcile reads, as Terraform and table-manager make them. */
export async function makeTables(bigquery: BigQuery, dataset: string): Promise<void> {
  await bigquery.createDataset(dataset)
  const make = (table: string, schema: unknown, field: string, more: object = {}) =>
    bigquery.dataset(dataset).createTable(table, {
      schema,
      timePartitioning: { type: 'DAY', field },
      ...more,
    } as never)
  for (const table of ['published_messages', 'published_keys', 'dead_letters'])
    await make(table, JSON.parse(terraform(`tables/${table}.json`)), 'publish_time')
  for (const type of TYPES) {
    const key = { tableConstraints: { primaryKey: { columns: ['_source', 'event_id'] } } }
    await make(destination(type).table, EVENT_COLUMNS, 'event_date', type === 'truth_lamp' ? key : {})
  }
}

/** Writes rows as they are: what the pipeline would have written. */
export async function insert(
  bigquery: BigQuery,
  dataset: string,
  table: string,
  rows: readonly object[],
): Promise<void> {
  if (rows.length > 0)
    await bigquery
      .dataset(dataset)
      .table(table)
      .insert([...rows])
}

/** A row of `published_messages`, as Pub/Sub writes it. */
export const publishedRow = ({ messageId, publishTime, data, attributes }: Published): object => ({
  message_id: messageId,
  publish_time: publishTime,
  data: data.toString('base64'),
  attributes: JSON.stringify(attributes),
})

/** A row of `dead_letters`: one of stream-writer's, or of those that Pub/Sub itself makes. */
export function letterRow({ of, isForwarded }: Letter, index: number): object {
  const why = isForwarded
    ? {
        CloudPubSubDeadLetterSourceDeliveryCount: '100',
        CloudPubSubDeadLetterSourceTopicPublishTime: of.publishTime,
      }
    : { 'dead-letter-reason': 'row_refused', 'dead-letter-message-id': of.messageId }
  return publishedRow({
    ...of,
    messageId: `letter ${index}`,
    publishTime: new Date(of.millis + 60_000).toISOString(),
    attributes: { ...of.attributes, ...why },
  })
}
