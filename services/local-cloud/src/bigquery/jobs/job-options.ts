import { DESTINATION_FIELDS } from '../rows/destination-spec.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import type { LoadSpec } from '../files/load.ts'

type Sent = Readonly<Record<string, unknown>>

/** What is done, and what has no meaning where every query runs at once, once, and for one user. */
const QUERY: ReadonlySet<string> = new Set([
  'query',
  'useLegacySql',
  'defaultDataset',
  'queryParameters',
  'parameterMode',
  'dryRun',
  ...DESTINATION_FIELDS,
  'maximumBytesBilled',
  'createSession',
  'connectionProperties',
  'priority',
  'useQueryCache',
  // of legacy SQL, which is refused
  'allowLargeResults',
  'flattenResults',
])
/** Of a job alone. */
const JOB_QUERY = new Set([...QUERY, 'tableDefinitions'])
const REQUEST = new Set([
  ...QUERY,
  'kind',
  'maxResults',
  'timeoutMs',
  'jobTimeoutMs',
  'location',
  'formatOptions',
  'labels',
  'requestId',
  'jobCreationMode',
  'preserveNulls',
])
const CONFIGURATION = new Set([
  'query',
  'load',
  'extract',
  'copy',
  'dryRun',
  'labels',
  'jobTimeoutMs',
  'jobType',
])
// sent by clients as part of what they read
const JOB = new Set([
  'configuration',
  'jobReference',
  'kind',
  'id',
  'etag',
  'selfLink',
  'status',
  'statistics',
  'user_email',
])

/** @throws BigQueryError notImplemented where a body says something that nobody would do */
export function checkQueryRequest(body: Sent): void {
  refuse(body, REQUEST, 'of jobs.query')
}

/** @throws as `checkQueryRequest` */
export function checkJob(body: Sent): void {
  refuse(body, JOB, 'of a job')
  const configuration = (body['configuration'] ?? {}) as Sent
  refuse(configuration, CONFIGURATION, 'of a job')
  refuse((configuration['query'] ?? {}) as Sent, JOB_QUERY, 'of a query')
}

/** `jobTimeoutMs`; 0 is none. @throws BigQueryError invalid */
export function timeoutOf(sent: string | number | undefined): number | undefined {
  if (sent === undefined || Number(sent) === 0) return undefined
  if (!(Number(sent) > 0)) throw new BigQueryError('invalid', `Invalid value for jobTimeoutMs: ${sent}`)
  return Number(sent)
}

/** Google's client for Node says of a load job itself once more where it runs. @param location where it does */
export function withoutLocation(
  load: LoadSpec & { readonly location?: string },
  location?: string,
): LoadSpec {
  const { location: sent, ...rest } = load
  if (sent !== undefined && sent !== location)
    throw notImplemented('another location of a load job than its own')
  return rest
}

const DATASET = new Set([
  'datasetReference',
  // sent by Google's client for Node
  'projectId',
  'labels',
  'description',
  'friendlyName',
  'location',
  'access',
  'defaultTableExpirationMs',
  'defaultPartitionExpirationMs',
  'maxTimeTravelHours',
  'storageBillingModel',
  'kind',
  'id',
  'etag',
  'selfLink',
  'creationTime',
  'lastModifiedTime',
  'type',
])

/** @throws as `checkQueryRequest` */
export function checkDataset(body: Sent): void {
  refuse(body, DATASET, 'of a dataset')
}

function refuse(body: Sent, known: ReadonlySet<string>, where: string): void {
  for (const [key, value] of Object.entries(body)) {
    const isNone = value === undefined || value === null || value === false || value === ''
    // bq update sends the tags of a dataset that has none
    const isEmpty = typeof value === 'object' && Object.keys(value ?? {}).length === 0
    if (!known.has(key) && !isNone && !isEmpty) throw notImplemented(`${key} ${where}`)
  }
}
