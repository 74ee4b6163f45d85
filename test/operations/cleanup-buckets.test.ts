import t from 'tap'
import { cleanUp, THINGS } from './clean-up.ts'
import { fakeTools } from './fake-tools.ts'

/** The buckets and their grants as a state has them: a grant names its bucket with "b/" before it. */
const BUCKETS_IN_STATE = JSON.stringify({
  resources: [
    ...['archive', 'loads'].map((name) => ({
      mode: 'managed',
      type: 'google_storage_bucket',
      name,
      instances: [{ attributes: { name: `a-project-dev-${name === 'archive' ? 'events-archive' : name}` } }],
    })),
    {
      mode: 'managed',
      type: 'google_storage_bucket_iam_member',
      name: 'archiver',
      instances: [{ attributes: { bucket: 'b/a-project-dev-events-archive', member: 'serviceAccount:a' } }],
    },
    {
      mode: 'managed',
      type: 'google_storage_bucket_iam_member',
      name: 'batch_workflow',
      instances: [{ index_key: 'batch', attributes: { bucket: 'b/a-project-dev-loads' } }],
    },
    {
      mode: 'managed',
      type: 'google_storage_bucket_iam_member',
      name: 'dataflow',
      instances: [{ index_key: 0, attributes: { bucket: 'a-project-dev-loads' } }],
    },
    {
      mode: 'managed',
      type: 'google_storage_bucket',
      name: 'other',
      instances: [{ attributes: { name: 'others' } }],
    },
    {
      mode: 'managed',
      type: 'google_pubsub_topic',
      name: 'events',
      instances: [{ attributes: { name: 'x' } }],
    },
  ],
})
const FORGOTTEN = [
  'google_storage_bucket.archive',
  'google_storage_bucket.loads',
  'google_storage_bucket_iam_member.archiver',
  'google_storage_bucket_iam_member.batch_workflow["batch"]',
  'google_storage_bucket_iam_member.dataflow[0]',
]

t.test('a bucket that is gone is forgotten with its grants before Terraform asks for it', (t) => {
  const tools = fakeTools(THINGS)
  tools.put('pulled', BUCKETS_IN_STATE)
  const { status, stdout, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 0, stdout + stderr)
  const calls = tools.calls().map((call) => call.replace(/^terraform -chdir=\S+ /, 'terraform '))
  const forgets = calls.filter((call) => call.startsWith('terraform state rm '))
  t.same(forgets, [`terraform state rm -lock-timeout=5m ${FORGOTTEN.join(' ')}`])
  const at = (pattern: RegExp) => tools.calls().findLastIndex((call) => pattern.test(call))
  t.ok(
    at(/^gcloud storage rm /) < at(/ state rm /) && at(/ state rm /) < at(/ destroy (?!.*-target)/),
    'in this order',
  )
  t.end()
})

t.test('a run that ended between the bucket and the state is gone on with', (t) => {
  const tools = fakeTools(THINGS)
  tools.put('pulled', BUCKETS_IN_STATE)
  tools.failOn(' state rm ', { message: 'Error: Error acquiring the state lock' })
  t.equal(cleanUp(tools, 'a-project', 'dev').status, 75)
  t.notMatch(tools.things().join(), /a-project-dev-loads/)
  tools.failOn(undefined)
  tools.forget()
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 0, stderr)
  t.match(tools.calls().join('\n'), / state rm .*google_storage_bucket\.loads/)
  t.end()
})
