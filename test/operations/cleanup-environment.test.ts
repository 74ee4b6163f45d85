import t from 'tap'
import { some } from '../long-tests.ts'
import { cleanUp, cleanUpWith, P, THINGS } from './clean-up.ts'
import { fakeTools } from './fake-tools.ts'

const NOT_OURS = [
  'service somebody-elses',
  'subscription somebody-elses',
  'dataset prod_events_dataset',
  'bucket a-project-tablestream-state',
]

/** What is looked at, in this order. */
const LOOKS = [
  /^gcloud eventarc triggers list /,
  /^gcloud scheduler jobs list /,
  /^gcloud workflows list /,
  /^gcloud run jobs list /,
  /^gcloud dataflow jobs list /,
  /^gcloud run services list /,
  /^gcloud beta run worker-pools list /,
  /^gcloud pubsub subscriptions list /,
  /^gcloud pubsub topics list /,
  /^bq ls /,
  /^gcloud storage buckets list /,
  /^gcloud parametermanager parameters list /,
  /^gcloud alpha monitoring policies list .*--filter=userLabels.app="tablestream" AND userLabels.environment="dev" /,
  /^gcloud beta monitoring channels list .*--filter=userLabels.app="tablestream" AND userLabels.environment="dev" /,
  /^gcloud monitoring dashboards list /,
]
const WHICH = /^gcloud storage buckets describe gs:\/\/a-project-tablestream-state /
const INIT =
  /^terraform -chdir=\S+\/terraform init .*-backend-config=bucket=a-project-tablestream-state -backend-config=prefix=environments\/dev$/
/** Terraform deletes files one after the other: an archive of some days would take longer than a run may. */
const BUCKETS = /^gcloud storage buckets list /
const STOP =
  /^terraform -chdir=\S+\/terraform destroy -auto-approve .*-target=google_cloud_run_v2_job\.archiver -target=google_cloud_run_v2_job\.batch_loader .*-var=environment=dev/
const EMPTY = ['events-archive', 'loads'].map(
  (name) => `gcloud storage rm --recursive gs://a-project-dev-${name} ${P} --quiet`,
)
const DESTROY = /^terraform -chdir=\S+\/terraform destroy -auto-approve (?!.*-target).*-var=environment=dev/
const PULL = /^terraform -chdir=\S+\/terraform state pull$/
/** After Terraform, what it does not know: who uses something goes before it. */
const SWEEP = [
  `gcloud pubsub subscriptions delete backend-events-topic-archive-order ${P} --quiet`,
  `gcloud pubsub subscriptions delete eventarc-us-central1-table-manager-sub-123 ${P} --quiet`,
  `gcloud pubsub topics delete backend-events-topic ${P} --quiet`,
  'bq rm -r -f -d a-project:dev_events_dataset',
  'bq rm -r -f -d a-project:dev_archive_dataset',
  'bq rm -r -f -d a-project:dev_processed_dataset',
]

t.test('Terraform destroys, what it does not know is swept, and then everything is looked at again', (t) => {
  const tools = fakeTools(THINGS)
  const { status, stdout, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 0, stdout + stderr)
  t.match(tools.calls(), [
    WHICH,
    ...LOOKS,
    INIT,
    BUCKETS,
    STOP,
    ...EMPTY,
    PULL,
    DESTROY,
    ...LOOKS,
    ...SWEEP,
    ...LOOKS,
    PULL,
  ])
  t.equal(tools.calls().length, 9 + 3 * LOOKS.length + SWEEP.length)
  t.same(
    tools.things(),
    NOT_OURS.filter((thing) => !thing.startsWith('service')),
    'others keep what is theirs',
  )
  t.match(stderr, /nothing is left of dev in a-project/)
  t.end()
})

t.test('jobs go, and what starts them before them', (t) => {
  const tools = fakeTools([
    'schedule archiver',
    'schedule batch',
    'schedule writer-scaler',
    'workflow batch',
    'run-job archiver',
    'run-job batch-loader',
    'run-job somebody-elses',
  ])
  t.equal(cleanUp(tools, 'a-project', 'dev').status, 0)
  t.same(tools.things(), ['run-job somebody-elses'])
  const deleted = tools.calls().filter((call) => / (jobs|workflows) delete /.test(call))
  t.match(deleted, [
    /^gcloud scheduler jobs delete archiver /,
    /^gcloud scheduler jobs delete batch /,
    /^gcloud scheduler jobs delete writer-scaler /,
    /^gcloud workflows delete batch /,
    /^gcloud run jobs delete archiver /,
    /^gcloud run jobs delete batch-loader /,
  ])
  t.end()
})

t.test('a pool is seen whichever version of gcloud lists it', (t) => {
  const tools = fakeTools(['worker-pool stream-writer', 'worker-pool somebody-elses'])
  const { stdout } = cleanUp(tools, '--dry-run', 'a-project', 'dev')
  t.match(stdout, '+ gcloud beta run worker-pools delete stream-writer ')
  t.notMatch(stdout, 'somebody-elses')
  t.end()
})

t.test('cleanup-environment.sh --dry-run looks and changes nothing, and says what it would do', (t) => {
  const tools = fakeTools(THINGS)
  const { status, stdout } = cleanUp(tools, '--dry-run', 'a-project', 'dev')
  t.equal(status, 0)
  t.match(tools.calls(), [WHICH, INIT, BUCKETS, PULL, ...LOOKS])
  t.equal(tools.calls().length, 4 + LOOKS.length)
  t.same(tools.things(), THINGS)
  t.match(stdout.trim().split('\n'), [
    /^\+ environment_terraform destroy .*-target=google_cloud_run_v2_job\.archiver /,
    ...EMPTY.map((call) => `+ ${call}`),
    /^\+ environment_terraform destroy (?!.*-target)/,
    '+ gcloud run services delete event-gateway --project=a-project --region=us-central1 --quiet',
    ...SWEEP.map((call) => `+ ${call}`),
    ...EMPTY.map((call) => `+ ${call}`),
  ])
  t.end()
})

t.test('whatever fails on the way, the script says so, and the next run goes on from there', (t) => {
  const parts = ['init', ' destroy ', 'topics list', 'bq ls', 'subscriptions delete eventarc', 'bq rm']
  for (const part of some(parts, 2)) {
    const tools = fakeTools(THINGS)
    tools.failOn(part)
    const failed = cleanUp(tools, 'a-project', 'dev')
    t.not(failed.status, 0, part)
    t.match(failed.stderr, /the network is down/, part)
    tools.failOn(undefined)
    tools.forget()
    const again = cleanUp(tools, 'a-project', 'dev')
    t.equal(again.status, 0, `${part}: ${again.stderr}`)
    t.same(
      tools.things().filter((thing) => !NOT_OURS.includes(thing)),
      [],
      part,
    )
  }
  t.end()
})

const STATE = JSON.stringify({
  resources: [
    { mode: 'data', type: 'google_project', name: 'this', instances: [{}] },
    { mode: 'managed', type: 'google_monitoring_slo', name: 'freshness', instances: [{}] },
  ],
})

t.test(
  'what Terraform cannot destroy keeps nothing else: it is swept, and Terraform tries once more',
  (t) => {
    const tools = fakeTools(THINGS)
    tools.put('pulled', STATE)
    tools.failOn(' destroy ', {
      after: 1,
      times: 1,
      message: 'Error: Error deleting Dataset: googleapi: Error 400: Dataset is still in use, resourceInUse',
    })
    const { status, stdout, stderr } = cleanUp(tools, 'a-project', 'dev')
    t.equal(status, 0, stdout + stderr)
    const DELETE = 'gcloud run services delete event-gateway --project=a-project --region=us-central1 --quiet'
    const FIRST = [WHICH, ...LOOKS, INIT, BUCKETS, STOP, ...EMPTY, PULL, DESTROY]
    t.match(tools.calls(), [...FIRST, ...LOOKS, DELETE, ...SWEEP, INIT, BUCKETS, PULL, DESTROY, ...LOOKS])
    t.match(stderr, /resourceInUse.*Terraform could not destroy everything/s)
    t.end()
  },
)

t.test('where Terraform cannot destroy something for good, the rest goes, and what is left is said', (t) => {
  const tools = fakeTools(THINGS)
  tools.put('pulled', STATE)
  tools.failOn(' destroy ')
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 1)
  t.match(stderr, /these are left: .*The last answer was: state google_monitoring_slo\.freshness\n/s)
  t.notMatch(stderr, /google_project/)
  t.match(tools.calls(), [WHICH, ...LOOKS, INIT, BUCKETS, STOP, ...LOOKS])
  t.same(tools.things(), NOT_OURS, 'what Terraform left is swept')
  t.end()
})

t.test('what cannot be deleted keeps nothing else, and is said', (t) => {
  const tools = fakeTools(THINGS)
  tools.failOn('topics delete')
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 1)
  t.match(stderr, /these are left: .*topic backend-events-topic\n/s)
  t.same(tools.things(), ['subscription somebody-elses', 'topic backend-events-topic', ...NOT_OURS.slice(2)])
  t.end()
})

t.test('what another run works on is not swept from under it', (t) => {
  const tools = fakeTools(THINGS)
  tools.failOn(' destroy ', { message: 'Error: Error acquiring the state lock' })
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 75)
  t.match(stderr, /another run holds the state/)
  t.match(tools.calls(), [WHICH, ...LOOKS, INIT, BUCKETS, STOP])
  t.equal(tools.calls().length, 4 + LOOKS.length)
  t.same(tools.things(), THINGS)
  t.end()
})

t.test('what cannot be looked at is not taken for gone', (t) => {
  const tools = fakeTools(THINGS)
  // the looks before the sweep go well, those after it do not
  tools.failOn('topics list', { after: 2 })
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 1)
  t.match(stderr, /these are left: not within 0 s.*what is there of kind topic cannot be told/s)
  t.end()
})

t.test('what cannot be looked at is told before anything is destroyed', (t) => {
  const tools = fakeTools(THINGS)
  tools.failOn('gcloud workflows list', {
    message:
      'ERROR: (gcloud.workflows.list) PERMISSION_DENIED: Workflows API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/ then retry.',
  })
  const { status, stderr } = cleanUpWith({ PERSIST_SECONDS: '0' }, tools, 'a-project', 'dev')
  t.equal(status, 1)
  t.match(stderr, /an API is off: scripts\/bootstrap\.sh once more.*kind workflow cannot be told/s)
  t.same(tools.things(), THINGS)
  t.notMatch(tools.calls().join('\n'), / (destroy|delete|rm) /)
  t.end()
})

t.test('a list that a bad minute keeps back is asked for again', (t) => {
  const tools = fakeTools(THINGS)
  tools.failOn('topics list', {
    times: 2,
    message:
      'ERROR: (gcloud.pubsub.topics.list) UNAVAILABLE: The service was unable to fulfill your request.',
  })
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 0, stderr)
  t.end()
})

/** As bq 2.1.18 prints it, on its standard output. */
const BAD_MINUTES_OF_BQ = [
  'BigQuery error in ls operation: Got 503 response from discovery url:\nhttps://bigquery.googleapis.com/$discovery/rest?version=v2',
  'BigQuery error in ls operation: Error encountered during execution. Retrying\nmay solve the problem.',
  'BigQuery error in ls operation: Cannot contact server. Please try again.\nError: TimeoutError()',
  'BigQuery error in ls operation: Access Denied: Project a-project: User does not\nhave bigquery.datasets.list permission in project a-project.',
  'Unexpected exception in ls operation: Network connection problem encountered,\nplease try again.',
]

t.test('a bad minute of BigQuery is waited for, and what bq said of it is shown', (t) => {
  for (const part of some(['bq ls', 'bq rm'], 1)) {
    const tools = fakeTools(THINGS)
    tools.failOn(part, { times: BAD_MINUTES_OF_BQ.length, message: BAD_MINUTES_OF_BQ })
    const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
    t.equal(status, 0, `${part}: ${stderr}`)
    for (const message of BAD_MINUTES_OF_BQ) t.match(stderr, message, part)
  }
  t.end()
})

t.test('what BigQuery refuses for good is the end, with its words', (t) => {
  const tools = fakeTools(THINGS)
  const message = 'BigQuery error in ls operation: Invalid project ID a.b.'
  tools.failOn('bq ls', { message })
  const { status, stderr } = cleanUp(tools, 'a-project', 'dev')
  t.equal(status, 1)
  t.match(stderr, new RegExp(`trying again would not help: ${message}.*kind dataset cannot be told`, 's'))
  t.end()
})

t.test('an environment that is clean is only looked at', (t) => {
  const tools = fakeTools(NOT_OURS.slice(1))
  t.equal(cleanUp(tools, 'a-project', 'dev').status, 0)
  t.match(tools.calls(), [WHICH, ...LOOKS, INIT, BUCKETS, PULL, DESTROY, ...LOOKS, ...LOOKS, PULL])
  t.same(tools.things(), NOT_OURS.slice(1))
  t.end()
})

t.test('production is refused before anything is called, unless it is confirmed by its name', (t) => {
  const tools = fakeTools(THINGS)
  for (const args of [[], ['--confirm', 'yes'], ['--confirm', 'tear down dev']]) {
    const { status, stderr } = cleanUp(tools, ...args, 'a-project', 'production')
    t.equal(status, 1)
    t.match(stderr, /production is protected: --confirm "tear down production" is needed/)
  }
  t.same(tools.calls(), [])
  const { stdout } = cleanUp(
    fakeTools(THINGS, { environment: 'production' }),
    '--dry-run',
    '--confirm',
    'tear down production',
    'a-project',
    'production',
  )
  t.match(
    stdout,
    /TF_VAR_deletion_protection=false \S+scripts\/apply\.sh a-project production\n\+ environment_terraform destroy/,
  )
  t.end()
})

t.test("another environment's name does not take this one's things away", (t) => {
  const tools = fakeTools(THINGS)
  const { status, stderr } = cleanUp(tools, 'a-project', 'staging')
  t.equal(status, 1)
  t.match(stderr, /a-project holds the environment "dev" and no other/)
  t.match(tools.calls(), [WHICH])
  t.equal(tools.calls().length, 1)
  t.same(tools.things(), THINGS)
  t.end()
})

t.test('the configuration of the scaler goes after its versions, and before that its service', (t) => {
  const tools = fakeTools([
    'service writer-scaler',
    'parameter writer-scaler',
    'parameter somebody-elses',
    'parameter-version v-1',
    'parameter-version v-2',
  ])
  tools.failOn(' destroy ', { message: 'Error 409: it is in use', times: 1 })
  cleanUp(tools, 'a-project', 'dev')
  t.same(tools.things(), ['parameter somebody-elses'])
  const deleted = tools.calls().flatMap((call) => / delete (\S+) /.exec(call)?.[1] ?? [])
  t.same(deleted, ['writer-scaler', 'v-1', 'v-2', 'writer-scaler'])
  t.end()
})
