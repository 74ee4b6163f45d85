import { Storage } from '@google-cloud/storage'
import t, { type Test } from 'tap'
import { startLocalCloud } from '../../src/index.ts'

const READER = 'roles/storage.objectViewer'
const JANE = 'user:jane@example.com'

async function open(t: Test, dataFolder?: string) {
  const cloud = await startLocalCloud(dataFolder === undefined ? {} : { dataFolder })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= cloud.close())
  t.teardown(close)
  const apiEndpoint = cloud.environment['STORAGE_EMULATOR_HOST']!
  const storage = new Storage({ projectId: 'p', apiEndpoint, retryOptions: { autoRetry: false } })
  return { close, bucket: storage.bucket('events'), url: `${apiEndpoint}/storage/v1/b/events/iam` }
}

t.test(
  'who may read a bucket is kept, told with the etag that a change needs, and outlives a restart',
  async (t) => {
    const dataFolder = t.testdir()
    const first = await open(t, dataFolder)
    await first.bucket.create()
    const { iam } = first.bucket
    const [policy] = await iam.getPolicy({ requestedPolicyVersion: 3 })
    t.match(policy, { version: 1, bindings: [{ role: 'roles/storage.legacyBucketOwner' }, {}, {}, {}] })
    policy.bindings.push({ role: READER, members: [JANE] })
    const [set] = await iam.setPolicy(policy)
    t.same(set.bindings.at(-1), { role: READER, members: [JANE] })
    t.not(set.etag, policy.etag)
    await t.rejects(iam.setPolicy(policy), { code: 412 }, 'of two who read the same policy one is told')
    t.match(await first.bucket.getMetadata(), [{ metageneration: '2', etag: set.etag }])
    await first.close()
    const { bucket } = await open(t, dataFolder)
    t.same((await bucket.iam.getPolicy())[0], set)
    await bucket.iam.setPolicy({ bindings: [] })
    t.same((await bucket.iam.getPolicy())[0].bindings, [], 'without an etag it is replaced')
  },
)

t.test('a condition needs version 3, of who writes it and of who reads it', async (t) => {
  const { bucket, url } = await open(t)
  await bucket.create()
  const condition = { title: 'soon', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' }
  const bindings = [{ role: READER, members: [JANE], condition }]
  await t.rejects(bucket.iam.setPolicy({ bindings }), { code: 400, message: /version 3, and not 1/ })
  await bucket.iam.setPolicy({ bindings, version: 3 })
  const policy = { kind: 'storage#policy', resourceId: 'projects/_/buckets/events', version: 3, bindings }
  t.match(await (await fetch(`${url}?optionsRequestedPolicyVersion=3`)).json(), policy)
  const old = await fetch(url)
  t.equal(old.status, 400)
  t.match(await old.text(), /cannot be less than the existing policy version \(3\)/)
})

t.test(
  'what is no role, member, version or permission is refused, and there are no policies without a bucket',
  async (t) => {
    const { bucket } = await open(t)
    await t.rejects(bucket.iam.getPolicy(), { code: 404 })
    await bucket.create()
    const set = (role: string, member: string, version = 1) =>
      bucket.iam.setPolicy({ version, bindings: [{ role, members: [member] }] })
    await t.rejects(set('viewer', JANE), { code: 400, message: /Role \(viewer\)/ })
    await t.rejects(set(READER, 'jane'), { code: 400, message: /Invalid member "jane"/ })
    await t.rejects(set(READER, JANE, 7), { code: 400, message: /version 1 or 3, and not 7/ })
    const asked = ['storage.objects.get', 'storage.buckets.update']
    t.same(
      (await bucket.iam.testPermissions(asked))[0],
      Object.fromEntries(asked.map((each) => [each, true])),
    )
    await t.rejects(bucket.iam.testPermissions(['pubsub.topics.get']), { code: 400 })
  },
)
