import t from 'tap'
import { startLocalCloud } from '../src/index.ts'

// what version 7.45.0 of Terraform's Google provider sends, of the same settings twice and of others

type Answer = Record<string, unknown>

async function open(t: { teardown(done: () => unknown): void }) {
  const cloud = await startLocalCloud({ port: 0 })
  t.teardown(() => cloud.close())
  return async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${cloud.environment['BIGQUERY_EMULATOR_HOST']}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Answer)
  }
}

const LABELS = { 'goog-terraform-provisioned': 'true' }

t.test('a grant on a dataset is added to the access that Google gives one', async (t) => {
  const call = await open(t)
  const path = '/bigquery/v2/projects/demo/datasets'
  const datasetReference = { datasetId: 'shop' }
  const labels = LABELS
  await call('POST', `${path}?accessPolicyVersion=3&alt=json`, { datasetReference, labels, location: 'EU' })
  const { access } = (await call('GET', `${path}/shop?accessPolicyVersion=3`)) as { access: object[] }
  const grant = { role: 'roles/bigquery.dataViewer', userByEmail: 'jane@example.com' }
  await call('PATCH', `${path}/shop?accessPolicyVersion=3`, { access: [...access, grant] })
  const settings = { defaultPartitionExpirationMs: 7200000000, maxTimeTravelHours: '72' }
  const put = { ...settings, datasetReference, labels, location: 'EU', description: 'the shop' }
  await call('PUT', `${path}/shop?accessPolicyVersion=3&alt=json`, put)
  t.match(await call('GET', `${path}/shop`), {
    // roles that have an old name are shown under it
    access: [...access, { ...grant, role: 'READER' }],
    maxTimeTravelHours: '72',
    defaultPartitionExpirationMs: '7200000000',
  })
})

t.test(
  'a subscription is changed with a mask that names a field twice, and one that nobody sends',
  async (t) => {
    const call = await open(t)
    await call('PUT', '/v1/projects/demo/topics/plain?alt=json', { labels: LABELS })
    const path = '/v1/projects/demo/subscriptions/sub'
    const noWrapper = (writeMetadata: boolean) => ({
      pushEndpoint: 'http://127.0.0.1:9/push',
      noWrapper: { writeMetadata },
    })
    const first = { topic: 'projects/demo/topics/plain', labels: LABELS, messageRetentionDuration: '604800s' }
    await call('PUT', `${path}?alt=json`, { ...first, pushConfig: noWrapper(false) })
    const subscription = { ...first, topic: undefined, pushConfig: noWrapper(true), expirationPolicy: {} }
    const mask = 'pushConfig%2CpushConfig%2CexpirationPolicy%2CbigqueryConfig'
    await call('PATCH', `${path}?alt=json&updateMask=${mask}`, { subscription })
    t.match(await call('GET', path), { pushConfig: noWrapper(true), expirationPolicy: {} })
  },
)

t.test('files of a subscription have the name and the size of the examples', async (t) => {
  const call = await open(t)
  await call('PUT', '/v1/projects/demo/topics/plain', {})
  await call('POST', '/storage/v1/b?alt=json&prettyPrint=false&project=demo', {
    name: 'demo-bucket',
    location: 'EU',
    labels: LABELS,
    lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 3 } }] },
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
  })
  const cloudStorageConfig = {
    bucket: 'demo-bucket',
    filenamePrefix: 'pre-',
    filenameDatetimeFormat: 'YYYY-MM-DD/hh_mm_ssZ',
    avroConfig: { writeMetadata: true },
    maxBytes: '1000',
    maxDuration: '300s',
    maxMessages: '1000',
  }
  const path = '/v1/projects/demo/subscriptions/gcs'
  await call('PUT', path, { topic: 'projects/demo/topics/plain', cloudStorageConfig })
  t.match(await call('GET', path), { cloudStorageConfig })
})
