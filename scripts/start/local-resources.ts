import { readFileSync } from 'node:fs'

export type TableRequests = 'shapes' | 'events'

/** What Terraform makes in the cloud, made on a laptop over the same REST APIs. Safe to run twice. */
export interface LocalResources {
  readonly project: string
  readonly environment: string
  readonly region: string
  /** `http://127.0.0.1:8085` */
  readonly pubsubUrl: string
  /** `http://127.0.0.1:9050` */
  readonly bigqueryUrl: string
  /** `http://127.0.0.1:4443`; absent: there are no buckets of an archive and of loads. */
  readonly storageUrl?: string
  /** Where Eventarc delivers; absent: no trigger is made. */
  readonly tableManagerUrl?: string
  /** What is delivered there: requests for what tables lack, or every event (TABLE_REQUESTS of stream-writer). */
  readonly tableRequests?: TableRequests
  /** How often a message is tried before Pub/Sub itself makes it a dead letter. */
  readonly maxDeliveryAttempts?: number
  /** The first and the longest wait of a message that was given back. */
  readonly minimumBackoff?: string
  readonly maximumBackoff?: string
  /** False: no BigQuery subscriptions, for a Pub/Sub that has none. */
  readonly bigquerySubscriptions?: boolean
  /** The field of an event that names its type; absent: `event_type`. */
  readonly typeField?: string
}

const TOPIC = 'backend-events-topic'
const DEAD_LETTER_TOPIC = 'backend-events-dead-letter'
const SCHEMA_CHANGES_TOPIC = 'schema-changes'
const SCHEMA_REQUESTS_TOPIC = 'schema-requests'
/** The topic whose messages Eventarc delivers to table-manager. */
export const TRIGGER_TOPIC: Readonly<Record<TableRequests, string>> = {
  shapes: SCHEMA_REQUESTS_TOPIC,
  events: TOPIC,
}
/** Tables that no event makes, and how they are partitioned: the record and its keys by hours, in which it is archived. */
const TABLES: Readonly<
  Record<string, { readonly type: string; readonly field: string; readonly cluster?: string }>
> = {
  dead_letters: { type: 'DAY', field: 'publish_time' },
  published_messages: { type: 'HOUR', field: 'publish_time', cluster: 'message_id' },
  published_keys: { type: 'HOUR', field: 'publish_time' },
  dead_letter_replays: { type: 'DAY', field: 'replayed_at' },
}
const VIEWS = ['dead_letter_reasons']

export async function createLocalResources(resources: LocalResources): Promise<void> {
  await createDataset(resources)
  await createTopics(resources)
  if (resources.storageUrl !== undefined) await createBuckets(resources, resources.storageUrl)
  const { project, region, pubsubUrl, tableManagerUrl, tableRequests = 'shapes' } = resources
  if (tableManagerUrl === undefined) return
  const triggers = `${pubsubUrl}/v1/projects/${project}/locations/${region}/triggers`
  const idOf = (requests: TableRequests) => `table-manager-${requests}`
  // the topic of a trigger is for ever: one for each, and only one of them at a time
  const other = tableRequests === 'shapes' ? 'events' : 'shapes'
  for (const gone of [idOf(other), 'table-manager']) await send('DELETE', `${triggers}/${gone}`, {}, [404])
  await post(`${triggers}?triggerId=${idOf(tableRequests)}`, {
    eventFilters: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
    destination: { httpEndpoint: { uri: tableManagerUrl } },
    transport: { pubsub: { topic: `projects/${project}/topics/${TRIGGER_TOPIC[tableRequests]}` } },
  })
}

async function createDataset(resources: LocalResources): Promise<void> {
  const { project, environment, bigqueryUrl, typeField = 'event_type' } = resources
  const datasets = `${bigqueryUrl}/bigquery/v2/projects/${project}/datasets`
  const datasetId = `${environment}_events_dataset`
  await post(datasets, { datasetReference: { projectId: project, datasetId } })
  const tables = `${datasets}/${datasetId}/tables`
  const referenceTo = (tableId: string) => ({ projectId: project, datasetId, tableId })
  for (const other of ['archive', 'processed'])
    await post(datasets, {
      datasetReference: { projectId: project, datasetId: `${environment}_${other}_dataset` },
    })
  for (const [table, { cluster, ...timePartitioning }] of Object.entries(TABLES)) {
    await post(tables, {
      tableReference: referenceTo(table),
      schema: { fields: JSON.parse(readTerraform(`tables/${table}.json`)) as object[] },
      timePartitioning,
      ...(cluster !== undefined && { clustering: { fields: [cluster] } }),
    })
  }
  for (const view of VIEWS) {
    const query = readTerraform(`views/${view}.sql`)
      .replaceAll('${dataset}', `${project}.${datasetId}`)
      .replaceAll('${type_field}', typeField)
    const definition = { view: { query, useLegacySql: false } }
    await post(tables, { tableReference: referenceTo(view), ...definition })
    // one that an earlier version made is brought up to date
    await send('PATCH', `${tables}/${view}`, definition)
  }
}

async function createBuckets({ project, environment }: LocalResources, storageUrl: string): Promise<void> {
  for (const name of [`${project}-${environment}-events-archive`, `${project}-${environment}-loads`])
    await post(`${storageUrl}/storage/v1/b?project=${project}`, { name, location: 'US' })
}

async function createTopics(resources: LocalResources): Promise<void> {
  const { project, environment, pubsubUrl, maxDeliveryAttempts = 100 } = resources
  const { minimumBackoff = '10s', maximumBackoff = '600s' } = resources
  const pubsub = `${pubsubUrl}/v1/projects/${project}`
  for (const topic of [TOPIC, DEAD_LETTER_TOPIC, SCHEMA_CHANGES_TOPIC, SCHEMA_REQUESTS_TOPIC])
    await put(`${pubsub}/topics/${topic}`, {})
  const subscribe = (name: string, topic: string, options: object) =>
    put(`${pubsub}/subscriptions/${name}`, {
      topic: `projects/${project}/topics/${topic}`,
      ackDeadlineSeconds: 60,
      expirationPolicy: {},
      ...options,
    })
  await subscribe(`${TOPIC}-sub`, TOPIC, {
    retryPolicy: { minimumBackoff, maximumBackoff },
    deadLetterPolicy: {
      deadLetterTopic: `projects/${project}/topics/${DEAD_LETTER_TOPIC}`,
      maxDeliveryAttempts,
    },
  })
  await subscribe(`${DEAD_LETTER_TOPIC}-sub`, DEAD_LETTER_TOPIC, {})
  if (resources.bigquerySubscriptions === false) return
  const toTable = (table: string) => ({
    bigqueryConfig: { table: `${project}.${environment}_events_dataset.${table}`, writeMetadata: true },
    retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
  })
  await subscribe(`${DEAD_LETTER_TOPIC}-to-table`, DEAD_LETTER_TOPIC, toTable('dead_letters'))
  await subscribe(`${TOPIC}-to-table`, TOPIC, toTable('published_messages'))
}

function readTerraform(path: string): string {
  return readFileSync(new URL(`../../terraform/${path}`, import.meta.url), 'utf8')
}

const put = (url: string, body: object) => send('PUT', url, body)
const post = (url: string, body: object) => send('POST', url, body)

/** @param fine statuses that are no trouble either; 409: it is there already */
async function send(
  method: string,
  url: string,
  body: object,
  fine: readonly number[] = [409],
): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok && !fine.includes(response.status)) {
    throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  }
}
