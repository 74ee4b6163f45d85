import { spawnSync } from 'node:child_process'
import t from 'tap'
import { some } from '../long-tests.ts'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

/** As Terraform prints an error of the provider. */
const framed = (...texts: string[]) =>
  texts
    .map((text) => `╷\n│ Error: ${text}\n│ \n│   with google_a_thing.this,\n│   on a.tf line 1:\n╵\n`)
    .join('')

/** What Pub/Sub says of a policy, and of a project whose policies it does not know yet. */
const NEW_PROJECT =
  "The topic projects/a-project/topics/backend-events-topic cannot be created or updated due to an organization policy specified at the project or organization level. The organization policy does not allow message storage in any GCP region where Cloud Pub/Sub is present. See https://console.cloud.google.com/iam-admin/orgpolicies/gcp-resourceLocations?project=a-project. If the topic's project was recently created, you may need to wait a few minutes for the project's organization policy to be properly initialized, and then retry this operation."

/** Google's own texts, of what is right some minutes later. */
const NOT_YET = [
  'Error creating AlertPolicy: googleapi: Error 404: Cannot find metric(s) that match type = "logging.googleapis.com/user/tablestream/append_errors".\n' +
    '│ If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.',
  'Error applying IAM policy for service account "x": googleapi: Error 400: Service account event-gateway@a-project.iam.gserviceaccount.com does not exist., badRequest',
  'Error creating Subscription: googleapi: Error 400: The service account service-123@gcp-sa-pubsub.iam.gserviceaccount.com is missing permissions required to write to the BigQuery table',
  'Error creating Trigger: googleapi: Error 400: Invalid resource state for "": Permission denied while using the Eventarc Service Agent. If you recently started to use Eventarc, it may take a few minutes before all necessary permissions are propagated to the Service Agent.',
  "Error creating Bucket: googleapi: Error 403: tablestream-deployer@a-project.iam.gserviceaccount.com does not have storage.buckets.create access to the Google Cloud project. Permission 'storage.buckets.create' denied on resource (or it may not exist)., forbidden",
  'Error waiting to create Service: Error code 9, message: Permission denied on secret: projects/123/secrets/event-gateway-api-keys/versions/3 for Revision service account event-gateway@a-project.iam.gserviceaccount.com.',
  'Error creating AlertPolicy: googleapi: Error 404: Notification channel not found.',
  'Error creating Slo: googleapi: Error 400: Invalid SLO definition: The metric referenced by the provided filter is unknown. Check the metric name and labels.',
  'Error waiting to create Service: Error waiting for Creating Service: Error code 5, message: Google Cloud Run Service Agent service-123@serverless-robot-prod.iam.gserviceaccount.com must have permission to read the image, us-docker.pkg.dev/cloudrun/container/hello. Ensure that the provided container image URL is correct and that the above account has permission to access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate.',
  "Error waiting to create WorkerPool: Error waiting for Creating WorkerPool: Error code 7, message: Permission 'iam.serviceaccounts.actAs' denied on service account stream-writer@a-project.iam.gserviceaccount.com (or it may not exist).",
  'Error creating Subscription: googleapi: Error 400: Cloud Pub/Sub did not have the necessary permissions configured to access the provided bucket (or the bucket may not exist).',
  'Error creating AlertPolicy: googleapi: Error 409: Too many concurrent edits to the project configuration. Please try again.',
  'Error waiting to create Service: Error waiting for Creating Service: Error code 13, message: An internal error has occurred.',
  'Error waiting to create Trigger: Error waiting for Creating Trigger: Error code 14, message: The service is currently unavailable.',
  'Error creating Topic: Put "https://pubsub.googleapis.com/v1/projects/a-project/topics/x?alt=json": read tcp 10.0.0.2:1->142.250.0.95:443: read: connection reset by peer',
  'Error reading Dataset: Get "https://bigquery.googleapis.com/bigquery/v2/projects/a-project/datasets/x": context deadline exceeded',
  "Error creating Service: googleapi: Error 429: Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per region' of service 'run.googleapis.com' for consumer 'project_number:123'., rateLimitExceeded",
  "Error applying IAM policy for service account 'x': Error setting IAM policy for service account 'x': googleapi: Error 400: Identity Pool does not exist (projects/123/locations/global/workloadIdentityPools/tablestream-github). Please check that you specified a valid resource name as returned in the `name` attribute in the configuration API., badRequest",
  'Error applying IAM policy for project "a-project": Error setting IAM policy for project "a-project": googleapi: Error 400: Role (projects/a-project/roles/tablestreamBucketMaker) does not exist in the resource\'s hierarchy., badRequest',
  'Provider produced inconsistent result after apply\n│ \n│ When applying changes to google_storage_bucket_iam_member.archiver, provider "provider[\\"registry.terraform.io/hashicorp/google\\"]" produced an unexpected new value: Root resource was present, but now absent.',
  'Error waiting to create Workflow: Error waiting for Creating Workflow: Error code 9, message: Workflows service agent does not exist.',
  "Error updating WorkerPool: googleapi: Error 409: Conflict for resource 'stream-writer': version '1764441600000000' was specified but current version is '1764441660000000'.",
  'Error updating WorkerPool: googleapi: Error 409: The operation was aborted., aborted',
  `Error creating Topic: googleapi: Error 400: ${NEW_PROJECT}`,
  'Error creating Bucket: Post "https://storage.googleapis.com/storage/v1/b?project=a-project": net/http: TLS handshake timeout',
  'Failed to get existing workspaces: querying Cloud Storage failed: Get "https://storage.googleapis.com/storage/v1/b/x/o": dial tcp 142.250.0.128:443: i/o timeout',
  'Error reading Topic: Get "https://pubsub.googleapis.com/v1/projects/a-project/topics/x": http2: client connection lost',
  'Error when reading or editing Project "a-project": Error reading billing account for project "projects/a-project": googleapi: Error 403: The caller does not have permission, forbidden',
  'Error when reading or editing Project "a-project": Error reading billing account for project "projects/a-project": googleapi: Error 503: The service is currently unavailable., backendError',
  // of instances that run now: those of the revision before end in some minutes
  'Error waiting to create Service: Error waiting for Creating Service: Error code 8, message: Quota exceeded for total allowable CPU per project per region.',
]

/** What gcloud says of a grant that is under way. */
const GCLOUD_NOT_YET =
  "ERROR: (gcloud.storage.buckets.describe) HTTPError 403: tablestream-deployer@a-project.iam.gserviceaccount.com does not have storage.buckets.get access to the Google Cloud Storage bucket. Permission 'storage.buckets.get' denied on resource (or it may not exist)."

/** Texts of what stays, and what somebody is told to do. */
const STAYS: readonly [string, RegExp][] = [
  [
    'Error when reading or editing Project "a-project": Error reading billing account for project "projects/a-project": googleapi: Error 403: This API method requires billing to be enabled. [reason: BILLING_DISABLED]',
    /link an open billing account/,
  ],
  [
    'Error creating Bucket: googleapi: Error 403: The project to be billed is associated with an absent billing account., accountDisabled',
    /link an open billing account/,
  ],
  [
    "Error: failed to enable: googleapi: Error 400: Billing account for project '123' is not found. Billing must be enabled for activation of service(s) 'run.googleapis.com' to proceed., failedPrecondition [reason: UREQ_PROJECT_BILLING_NOT_FOUND]",
    /link an open billing account/,
  ],
  [
    'Error creating Service: googleapi: Error 400: template.scaling.max_instance_count: Max instances must be set to 10 or fewer to set the requested total CPU.\n│ Consider running your workload in a region with greater capacity, or requesting an increase in quota for this region if you are seeing sustained usage near this limit, see https://cloud.google.com/run/quotas.\n│ \n│ Quota violated:\n│ CpuAllocPerProjectRegion requested: 30000 allowed: 10000',
    /Cloud Run has fewer CPUs here.*docs\/operations\.md, CPUs of Cloud Run/,
  ],
  [
    "Error creating Topic: googleapi: Error 429: Quota exceeded for quota metric 'Topics' and limit 'Topics per project' of service 'pubsub.googleapis.com'., rateLimited",
    /a quota is used up/,
  ],
  [
    'Error creating Topic: googleapi: Error 403: This API method requires billing to be enabled. Please enable billing on project #123 by visiting https://console.developers.google.com/billing/enable?project=123 then retry. If you enabled billing for this project recently, wait a few minutes for the action to propagate. [reason: BILLING_DISABLED]',
    /link an open billing account/,
  ],
  [
    "Error creating Bucket: googleapi: Error 412: 'us-central1' violates constraint 'constraints/gcp.resourceLocations' on the resource",
    /docs\/operations\.md, Organisation policies/,
  ],
  [
    'Error creating Topic: googleapi: Error 409: Resource already exists in the project (resource=backend-events-topic)., alreadyExists',
    /terraform import takes it in \(docs\/operations\.md.*cleanup-environment\.sh --dry-run/,
  ],
  [
    'Error creating Dataset: googleapi: Error 409: Already Exists: Dataset a-project:dev_events_dataset, duplicate',
    /cleanup-environment\.sh --dry-run/,
  ],
  [
    'Error creating Bucket: googleapi: Error 409: Your previous request to create the named bucket succeeded and you already own it., conflict',
    /cleanup-environment\.sh --dry-run/,
  ],
  [
    "Error creating Service: googleapi: Error 409: Conflict: revision named 'event-gateway-00002' with different configuration already exists.",
    /cleanup-environment\.sh --dry-run/,
  ],
  ['Error acquiring the state lock', /force-unlock ID/],
  [
    'Failed to get existing workspaces: querying Cloud Storage failed: Get "https://storage.googleapis.com/": oauth2/google: status code 400: {"error":"unauthorized_client","error_description":"The given credential is rejected by the attribute condition."}',
    /only runs of main, in this repository and in the environment of GitHub/,
  ],
  [
    'Error applying IAM policy for Bigquery Dataset: googleapi: Error 400: IAM setPolicy failed for Dataset a-project:dev_events_dataset: Operation denied by org policy on resource.',
    /docs\/operations\.md, Organisation policies/,
  ],
  [
    'Error: storage.NewClient() failed: dialing: google: could not find default credentials.',
    /nobody is signed in: gcloud auth login/,
  ],
  [
    'Error waiting for Updating Service: Error code 9, message: The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable',
    /logs\.sh --severity ERROR/,
  ],
  [
    "Error creating Service: googleapi: Error 403: Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
    /VPC Service Controls/,
  ],
  // a host that nobody has ever heard of is a region that is misspelt
  [
    'Error creating Service: Post "https://us-centrall1-run.googleapis.com/v2": dial tcp: lookup us-centrall1-run.googleapis.com on 127.0.0.53:53: no such host',
    /trying again would not help: .*no such host/,
  ],
  [
    'Error creating Subscription: googleapi: Error 400: Invalid filter',
    /trying again would not help: .*Invalid filter.*docs\/operations\.md, When something does not work/,
  ],
]

function apply(tools: FakeTools, settings: Record<string, string> = { RETRY_SECONDS: '0' }) {
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '', ...settings }
  return spawnSync('bash', ['scripts/apply.sh', 'a-project', 'dev'], { cwd: root, env, encoding: 'utf8' })
}

/** As any script waits: for a command that always says this, and fails. Each try of it is a line. */
function persist(said: string, settings: Record<string, string> = {}) {
  const command = `set -euo pipefail
    source scripts/common.sh
    says() { printf 'a try\n%s' "$SAID" >&2 && return 1; }
    persist says`
  const env = { ...process.env, RETRY_SECONDS: '0', SAID: said, ...settings }
  const ran = spawnSync('bash', ['-c', command, 'scripts/apply.sh'], { cwd: root, env, encoding: 'utf8' })
  return { ...ran, tries: ran.stderr.match(/^a try$/gm)?.length }
}

const applies = (tools: FakeTools) => tools.calls().filter((call) => / apply /.test(call)).length

t.test('what is made, granted or switched on and not everywhere yet is waited for', (t) => {
  const tools = fakeTools([])
  // one after the other, and the last time two at once
  const messages = [...some(NOT_YET, 10).map((text) => framed(text)), framed(NOT_YET[0]!, NOT_YET[1]!)]
  tools.failOn(' apply ', { times: messages.length, message: messages })
  const { status, stderr } = apply(tools)
  t.equal(status, 0, stderr)
  t.equal(applies(tools), messages.length + 1)
  t.match(stderr, /not everything is everywhere yet: again in 0 s/)
  t.end()
})

t.test('a plan that may not read yet is tried again too', (t) => {
  const tools = fakeTools([])
  tools.failOn(' plan ', { times: 2, message: framed(NOT_YET[4]!) })
  t.equal(apply(tools).status, 0)
  t.equal(applies(tools), 1)
  t.end()
})

t.test("gcloud's own words for a bad minute are understood", (t) => {
  const said = [
    "(gcloud.secrets.versions.list) RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'secretmanager.googleapis.com' for consumer 'project_number:123'.",
    '(gcloud.secrets.versions.list) UNAVAILABLE: The service is currently unavailable.',
    // of a pool of identities that was just made
    `(gcloud.secrets.versions.list) There was a problem refreshing your current auth tokens: ('Error code invalid_target: The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\\'t exist.', '{"error":"invalid_target"}')`,
    "gcloud crashed (ConnectionError): ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
  ]
  const tools = fakeTools([])
  tools.failOn('gcloud secrets versions list', {
    times: said.length,
    message: said.map((text) => `ERROR: ${text}`),
  })
  const { status, stderr } = apply(tools)
  t.equal(status, 0, stderr)
  t.equal(applies(tools), 1)
  t.end()
})

t.test('each step of an apply waits for the grants of the one who applies', (t) => {
  const steps: readonly [string, string][] = [
    ['gcloud storage buckets describe', GCLOUD_NOT_YET],
    [
      ' init ',
      framed(
        'Failed to get existing workspaces: querying Cloud Storage failed: googleapi: Error 403: tablestream-deployer@a-project.iam.gserviceaccount.com does not have storage.objects.list access',
      ),
    ],
    [
      ' init ',
      // as Terraform breaks its lines
      framed(
        'Failed to query available provider packages\n│ \n│ Could not retrieve the list of available versions for provider hashicorp/google: could not\n│ connect to registry.terraform.io: failed to request discovery document',
      ),
    ],
    [
      ' output ',
      framed('Error loading the state: googleapi: Error 403: does not have storage.objects.get access'),
    ],
    [
      'gcloud secrets versions list',
      "ERROR: (gcloud.secrets.versions.list) PERMISSION_DENIED: Permission 'secretmanager.versions.list' denied for resource 'projects/a-project/secrets/event-gateway-api-keys' (or it may not exist).",
    ],
  ]
  for (const [part, message] of some(steps, 3)) {
    const tools = fakeTools([])
    tools.failOn(part, { times: 3, message })
    const { status, stderr } = apply(tools)
    t.equal(status, 0, `${part}: ${stderr}`)
    t.equal(applies(tools), 1, part)
    t.match(tools.variables(), { api_keys_version: '3' }, part)
  }
  t.end()
})

t.test("a question that is refused for good is the end at once, with gcloud's own words", (t) => {
  const tools = fakeTools([])
  tools.failOn('gcloud storage buckets describe', {
    message: 'ERROR: (gcloud.storage.buckets.describe) gs://a-project-tablestream-state not found: 404.',
  })
  t.match(apply(tools), {
    status: 1,
    stderr: /not found: 404.*cannot be looked at: scripts\/bootstrap\.sh makes it/s,
  })
  t.equal(tools.calls().length, 1)
  t.end()
})

t.test('the ten minutes that Monitoring asks for a new metric are waited, once a minute', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ', { times: 10, message: framed(NOT_YET[0]!) })
  const { status, stderr } = apply(tools, { BASH_ENV: tools.clock })
  t.equal(status, 0, stderr)
  t.equal(applies(tools), 11)
  t.match(stderr, /again in 60 s/)
  t.end()
})

t.test('an apply that takes longer than anybody waits is tried once more', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ', { times: 1, message: framed(NOT_YET[0]!) })
  const { status, stderr } = apply(tools, { RETRY_SECONDS: '0', PERSIST_SECONDS: '0' })
  t.equal(status, 0, stderr)
  t.equal(applies(tools), 2)
  t.end()
})

t.test('what stays is the end at once, and somebody is told what to do', (t) => {
  for (const [text, advice] of some(STAYS, 8)) {
    // nobody may touch what another run works on: whoever called is told apart
    const status = text.includes('state lock') ? 75 : 1
    t.match(persist(framed(text)), { status, stderr: advice, tries: 1 }, text)
  }
  t.end()
})

t.test('one error that stays beside one that does not is the end too', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ', { message: framed(NOT_YET[0]!, STAYS[2]![0]) })
  t.match(apply(tools), { status: 1, stderr: STAYS[2]![1] })
  t.equal(applies(tools), 1)
  t.end()
})

t.test('an end without an error of Terraform is the end', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ')
  t.match(apply(tools), { status: 1, stderr: /the network is down.*what it said stands above/s })
  t.equal(applies(tools), 1)
  t.end()
})

t.test('nobody waits for ever: a quarter of an hour, and then somebody is told', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ', { message: framed(NOT_YET[0]!) })
  const { status, stderr } = apply(tools, { BASH_ENV: tools.clock })
  t.equal(status, 1)
  t.equal(applies(tools), 16)
  t.match(stderr, /not everywhere yet; run this again/)
  t.end()
})

t.test('who waited in vain is told what may be missing for good', (t) => {
  const missing: readonly [string, RegExp][] = [
    [
      'Error creating Budget: googleapi: Error 403: The caller does not have permission',
      /the billing account of the budget has to let this caller in.*not everywhere yet/s,
    ],
    [
      "Error applying IAM policy for cloudrunv2 workerpool: googleapi: Error 400: Role (projects/a-project/roles/tablestreamPoolScaler) does not exist in the resource's hierarchy., badRequest",
      /a role of bootstrap is not there: scripts\/bootstrap\.sh once more.*not everywhere yet/s,
    ],
    [
      'Error applying IAM policy for cloudrunv2 service: googleapi: Error 400: Service account service-123@gcp-sa-iap.iam.gserviceaccount.com does not exist.',
      /IAP has no account in this project yet: docs\/operations\.md, The console.*not everywhere yet/s,
    ],
    [
      `Error creating Topic: googleapi: Error 400: ${NEW_PROJECT}`,
      /docs\/operations\.md, Organisation policies.*not everywhere yet/s,
    ],
    [
      'Error when reading or editing Project "a-project": Error reading billing account for project "projects/a-project": googleapi: Error 403: The caller does not have permission, forbidden',
      /who asks may not see this project's billing: scripts\/bootstrap\.sh once more.*not everywhere yet/s,
    ],
    [
      'Error waiting to create Service: Error waiting for Creating Service: Error code 8, message: Quota exceeded for total allowable CPU per project per region.',
      /docs\/operations\.md, CPUs of Cloud Run.*not everywhere yet/s,
    ],
    [
      'Error creating Workflow: googleapi: Error 403: Workflows API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/ then retry.',
      /an API is off: scripts\/bootstrap\.sh once more.*not everywhere yet/s,
    ],
  ]
  for (const [text, advice] of some(missing, 4)) {
    const { status, stderr, tries } = persist(framed(text), { PERSIST_SECONDS: '0' })
    t.equal(status, 1)
    t.equal(tries, 2, 'not at once')
    t.match(stderr, advice)
    t.equal(stderr.match(/docs\/operations\.md/g)?.length, 1, 'nothing else is advised')
  }
  t.end()
})
