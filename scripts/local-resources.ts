/** What Terraform makes in the cloud, made on a laptop over the same REST APIs. Safe to run twice. */
export interface LocalResources {
  readonly project: string
  readonly environment: string
  readonly region: string
  /** `http://127.0.0.1:8085` */
  readonly pubsubUrl: string
  /** `http://127.0.0.1:9050` */
  readonly bigqueryUrl: string
  /** Where Eventarc delivers; absent: no trigger is made. */
  readonly tableManagerUrl?: string
}

const TOPIC = 'backend-events-topic'
const DEAD_LETTER_TOPIC = 'backend-events-dead-letter'
const SCHEMA_CHANGES_TOPIC = 'schema-changes'

export async function createLocalResources(resources: LocalResources): Promise<void> {
  const { project, environment, region, pubsubUrl, bigqueryUrl, tableManagerUrl } = resources
  const pubsub = `${pubsubUrl}/v1/projects/${project}`
  for (const topic of [TOPIC, DEAD_LETTER_TOPIC, SCHEMA_CHANGES_TOPIC])
    await put(`${pubsub}/topics/${topic}`, {})
  await put(`${pubsub}/subscriptions/${TOPIC}-sub`, {
    topic: `projects/${project}/topics/${TOPIC}`,
    ackDeadlineSeconds: 60,
    expirationPolicy: {},
    retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
    deadLetterPolicy: {
      deadLetterTopic: `projects/${project}/topics/${DEAD_LETTER_TOPIC}`,
      maxDeliveryAttempts: 100,
    },
  })
  await put(`${pubsub}/subscriptions/${DEAD_LETTER_TOPIC}-sub`, {
    topic: `projects/${project}/topics/${DEAD_LETTER_TOPIC}`,
    ackDeadlineSeconds: 60,
    expirationPolicy: {},
  })
  await post(`${bigqueryUrl}/bigquery/v2/projects/${project}/datasets`, {
    datasetReference: { projectId: project, datasetId: `${environment}_events_dataset` },
  })
  if (tableManagerUrl === undefined) return
  await post(`${pubsub}/locations/${region}/triggers?triggerId=table-manager`, {
    eventFilters: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
    destination: { httpEndpoint: { uri: tableManagerUrl } },
    transport: { pubsub: { topic: `projects/${project}/topics/${TOPIC}` } },
  })
}

const put = (url: string, body: object) => send('PUT', url, body)
const post = (url: string, body: object) => send('POST', url, body)

async function send(method: string, url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // 409: it is there already
  if (!response.ok && response.status !== 409) {
    throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  }
}
