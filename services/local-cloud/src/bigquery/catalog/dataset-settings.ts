import type { Dataset, DatasetChange } from './datasets.ts'
import { BigQueryError } from '../errors.ts'

/** What a caller may say of a dataset. */
export interface DatasetBody {
  readonly labels?: Readonly<Record<string, string | null>>
  readonly description?: string | null
  readonly friendlyName?: string | null
  readonly access?: readonly object[]
  readonly defaultTableExpirationMs?: string | number | null
  readonly defaultPartitionExpirationMs?: string | number | null
}

/** What is kept of it. @param before labels, of which those that are sent with null go */
export function datasetSettings(body: DatasetBody, before: Dataset['labels']): DatasetChange {
  const { labels, description, friendlyName, access } = body
  const merged = Object.entries({ ...before, ...labels }).filter(([, value]) => value !== null)
  return {
    ...(labels && { labels: Object.fromEntries(merged) as Dataset['labels'] }),
    ...(description !== undefined && { description: description ?? undefined }),
    ...(friendlyName !== undefined && { friendlyName: friendlyName ?? undefined }),
    ...(access && { access }),
    ...lifeOf(body, 'defaultTableExpirationMs'),
    ...lifeOf(body, 'defaultPartitionExpirationMs'),
  }
}

/** Google's least is an hour for tables. @throws BigQueryError invalid */
function lifeOf(
  body: DatasetBody,
  key: 'defaultTableExpirationMs' | 'defaultPartitionExpirationMs',
): DatasetChange {
  const sent = body[key]
  if (sent === undefined) return {}
  // bq sends 0 to take it away
  if (sent === null || Number(sent) === 0) return { [key]: undefined }
  const least = key === 'defaultTableExpirationMs' ? 3_600_000 : 1
  if (!(Number(sent) >= least)) throw new BigQueryError('invalid', `Invalid value for ${key}: ${sent}`)
  return { [key]: String(sent) }
}
