import type { Dataset, DatasetChange } from './datasets.ts'
import { withLegacyRoles } from './dataset-access.ts'
import { BigQueryError } from '../errors.ts'

/** What a caller may say of a dataset. */
export interface DatasetBody {
  readonly labels?: Readonly<Record<string, string | null>>
  readonly description?: string | null
  readonly friendlyName?: string | null
  readonly access?: readonly object[]
  readonly defaultTableExpirationMs?: string | number | null
  readonly defaultPartitionExpirationMs?: string | number | null
  readonly maxTimeTravelHours?: string | number | null
  readonly storageBillingModel?: string | null
}

/** What is kept of it. @param before labels, of which those that are sent with null go */
export function datasetSettings(body: DatasetBody, before: Dataset['labels']): DatasetChange {
  const { labels, description, friendlyName, access } = body
  const merged = Object.entries({ ...before, ...labels }).filter(([, value]) => value !== null)
  return {
    ...(labels && { labels: Object.fromEntries(merged) as Dataset['labels'] }),
    ...(description !== undefined && { description: description ?? undefined }),
    ...(friendlyName !== undefined && { friendlyName: friendlyName ?? undefined }),
    ...(access && { access: withLegacyRoles(access) }),
    ...lifeOf(body, 'defaultTableExpirationMs'),
    ...lifeOf(body, 'defaultPartitionExpirationMs'),
    ...travelOf(body.maxTimeTravelHours),
    ...billingOf(body.storageBillingModel),
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

/** docs: time-travel, "Configure the time travel window": two to seven whole days. @throws BigQueryError invalid */
function travelOf(sent: DatasetBody['maxTimeTravelHours']): DatasetChange {
  if (sent === undefined) return {}
  if (sent === null) return { maxTimeTravelHours: undefined }
  const hours = Number(sent)
  if (hours >= 48 && hours <= 168 && hours % 24 === 0) return { maxTimeTravelHours: String(hours) }
  const rule = 'it is a multiple of 24 from 48 to 168'
  throw new BigQueryError('invalid', `Invalid value for maxTimeTravelHours: ${sent} (${rule})`)
}

const BILLING_MODELS = ['LOGICAL', 'PHYSICAL']

/** @throws BigQueryError invalid */
function billingOf(sent: DatasetBody['storageBillingModel']): DatasetChange {
  // the client for Go sends it empty with every other change
  if (sent === undefined || sent === '') return {}
  if (sent === null || sent === 'STORAGE_BILLING_MODEL_UNSPECIFIED') return { storageBillingModel: undefined }
  if (BILLING_MODELS.includes(sent)) return { storageBillingModel: sent }
  const rule = BILLING_MODELS.join(' or ')
  throw new BigQueryError('invalid', `Invalid value for storageBillingModel: ${sent} (${rule})`)
}
