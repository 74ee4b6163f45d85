import { BigQuery } from '@google-cloud/bigquery'
import { startLocalCloud } from '@tablestream/local-cloud'
import { takeFingerprint } from '@tablestream/stream-writer'
import type { Test } from 'tap'
import { readLedger, type LedgerOptions } from '@tablestream/ledger'
import { insert, makeTables } from './tables.ts'

const PROJECT = 'p'
const DATASET = 'dev_events_dataset'
/** When messages are published, where a test does not say otherwise, in milliseconds since 1970. */
export const PUBLISHED = Date.parse('2026-03-04T05:06:07Z')
/** A look begins an hour earlier. */
const SINCE = new Date(PUBLISHED - 3_600_000)

type Attributes = Readonly<Record<string, string>>

/** A row of `published_messages` or of `dead_letters`. */
export function rowOf(
  id: string,
  data: string | null,
  attributes: Attributes = {},
  millis = PUBLISHED,
): object {
  return {
    message_id: id,
    publish_time: new Date(millis).toISOString(),
    data: data === null ? null : Buffer.from(data).toString('base64'),
    attributes: JSON.stringify(attributes),
  }
}

/** The dead letter of a message, as stream-writer makes it. */
export function letterOf(
  messageId: string,
  data: string,
  reason = 'row_refused',
  more: Attributes = {},
): object {
  const why = { 'dead-letter-reason': reason, 'dead-letter-message-id': messageId, ...more }
  return rowOf(`letter of ${messageId} ${more['dead-letter-part'] ?? ''}`, data, why)
}

/** What the column `_fingerprint` has for these bytes. */
function fingerprintOf(data: string): string {
  const fingerprint = { low: 0, high: 0 }
  takeFingerprint(Buffer.from(data), fingerprint)
  return String((BigInt(fingerprint.high) << 32n) | BigInt(fingerprint.low >>> 0))
}

/** A row of a table of events. */
export function landed(id: string, data: string, day = '2026-03-04', source = ''): object {
  return { event_id: id, event_date: day, _source: source, _fingerprint: fingerprintOf(data) }
}

/** The tables that reconcile reads, in a cloud of their own. */
export async function open(t: Test) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  await makeTables(bigquery, DATASET)
  const name = (table: string) => `\`${PROJECT}.${DATASET}.${table}\``
  return {
    name,
    bigquery,
    make: (table: string, schema: string, more: object = {}) =>
      bigquery.dataset(DATASET).createTable(table, { schema, ...more }),
    put: (table: string, ...rows: object[]) => insert(bigquery, DATASET, table, rows),
    query: async (query: string) => {
      const [rows] = await bigquery.query({ query, params: { since: SINCE.toISOString() } })
      return rows as Record<string, unknown>[]
    },
    ledger: (options: Partial<LedgerOptions> = {}) =>
      readLedger(bigquery, { projectId: PROJECT, dataset: DATASET, topic: '' }, { since: SINCE, ...options }),
  }
}
