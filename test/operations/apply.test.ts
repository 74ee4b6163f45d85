import { spawnSync } from 'node:child_process'
import { CATALOGUE } from '@tablestream/contract'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const DIGEST = (letter: string) => `@sha256:${letter.repeat(64)}`
const OLD = `registry/stream-writer${DIGEST('a')}`
const NEW = `registry/stream-writer${DIGEST('b')}`
const GATEWAY = `registry/event-gateway${DIGEST('c')}`
function apply(tools: FakeTools, ...args: string[]) {
  return applyIn('', tools, ...args)
}

function applyIn(region: string, tools: FakeTools, ...args: string[]) {
  const PATH = `${tools.bin}:${process.env['PATH']}`
  const env = { ...process.env, PATH, REGION: region, RETRY_SECONDS: '0' }
  return spawnSync('bash', ['scripts/apply.sh', ...args], { cwd: root, env, encoding: 'utf8' })
}

const verbs = (tools: FakeTools) =>
  tools.calls().flatMap((call) => /^terraform -chdir=\S+ (\w+)/.exec(call)?.[1] ?? [])

const planOf = (tools: FakeTools) => tools.calls().find((call) => / plan /.test(call))

t.test(
  'what runs keeps its image, what is named gets its own, and every event type of the catalogue is archived',
  (t) => {
    const tools = fakeTools([], { images: { 'stream-writer': OLD, 'event-gateway': GATEWAY } })
    const { status, stderr } = apply(tools, 'a-project', 'dev', `stream-writer=${NEW}`)
    t.equal(status, 0, stderr)
    t.same(verbs(tools), ['init', 'output', 'plan', 'show', 'apply'])
    t.same(tools.variables(), {
      images: { 'stream-writer': NEW, 'event-gateway': GATEWAY },
      event_types: CATALOGUE.map(({ type }) => type),
      api_keys_version: '3',
      canary: {},
      stream_writer_running: null,
    })
    t.match(planOf(tools), /-var=project_id=a-project -var=environment=dev -var=region=us-central1 /)
    t.end()
  },
)

t.test('an environment that is not there yet has no images', (t) => {
  const tools = fakeTools([])
  t.equal(apply(tools, 'a-project', 'dev').status, 0)
  t.match(tools.variables(), { images: {} })
  t.end()
})

t.test('when it cannot be told what runs now, nothing is applied', (t) => {
  const tools = fakeTools([], { images: { 'stream-writer': OLD } })
  tools.failOn(' output ')
  t.match(apply(tools, 'a-project', 'dev'), { status: 1, stderr: /what runs now cannot be read/ })
  t.same(verbs(tools), ['init', 'output'])
  t.end()
})

t.test('a plan changes nothing, and takes no lock', (t) => {
  const tools = fakeTools([])
  t.equal(apply(tools, '--plan', 'a-project', 'dev').status, 0)
  t.same(verbs(tools), ['init', 'output', 'plan'])
  t.match(planOf(tools), /-detailed-exitcode -lock=false/)
  t.end()
})

t.test('an image without a digest is refused', (t) => {
  const tools = fakeTools([])
  t.match(apply(tools, 'a-project', 'dev', 'stream-writer=registry/stream-writer:latest'), {
    status: 2,
    stderr: /"stream-writer=registry\/stream-writer:latest" is not SERVICE=IMAGE@sha256:DIGEST/,
  })
  t.notOk(verbs(tools).includes('apply'))
  t.end()
})

t.test("the environment's own settings come last, and win", (t) => {
  const tools = fakeTools([])
  t.equal(apply(tools, 'a-project', 'dev').status, 0)
  const files = [...planOf(tools)!.matchAll(/-var-file=(\S+)/g)].map(([, name]) => name!)
  t.match(files, [/now\.tfvars\.json$/, /\/terraform\/environments\/dev\.tfvars$/])
  t.end()
})

t.test(
  'a region that is another than the project was prepared for is refused before anything is done',
  (t) => {
    const tools = fakeTools([])
    t.match(applyIn('europe-west1', tools, 'a-project', 'dev'), {
      status: 1,
      stderr:
        /a-project was prepared in us-central1, and this is for europe-west1: export REGION=us-central1/,
    })
    t.equal(tools.calls().length, 1)
    t.end()
  },
)

t.test('a second environment in a project is refused before anything is done', (t) => {
  const tools = fakeTools([])
  t.match(apply(tools, 'a-project', 'staging'), {
    status: 1,
    stderr: /a-project holds the environment "dev" and no other: staging needs a project of its own/,
  })
  t.same(verbs(tools), [])
  t.end()
})

t.test('a gateway without keys is said before anything is changed', (t) => {
  const tools = fakeTools([])
  tools.put('versions', '1\tDESTROYED\n')
  t.match(apply(tools, 'a-project', 'dev'), {
    status: 1,
    stderr: /event-gateway has no keys yet: scripts\/api-key\.sh add a-project NAME/,
  })
  t.same(verbs(tools), ['init', 'output'])
  t.end()
})

t.test('a canary: what has a new image and ran before, but for what is one instance', (t) => {
  const GENERATOR = `registry/event-generator${DIGEST('d')}`
  const CONSOLE = `registry/console${DIGEST('d')}`
  const tools = fakeTools([], {
    images: {
      'stream-writer': OLD,
      'event-gateway': GATEWAY,
      'event-generator': GENERATOR,
      console: CONSOLE,
    },
    revisions: {
      'stream-writer': 'stream-writer-00007-abc',
      'event-gateway': 'event-gateway-00003-abc',
      'event-generator': 'event-generator-00001-abc',
      console: 'console-00001-abc',
    },
  })
  const images = [
    `stream-writer=${NEW}`,
    `event-gateway=${GATEWAY}`,
    `table-manager=registry/table-manager${DIGEST('e')}`,
    `event-generator=registry/event-generator${DIGEST('e')}`,
    `console=registry/console${DIGEST('e')}`,
  ]
  const { status, stdout, stderr } = apply(tools, '--canary', 'a-project', 'dev', ...images)
  t.equal(status, 0, stderr)
  t.same(JSON.parse(stdout), { 'stream-writer': 'stream-writer-00007-abc' })
  t.match(tools.variables(), { canary: { 'stream-writer': 'stream-writer-00007-abc' } })
  t.end()
})

t.test('what the scaler made of the worker pool stays, in either form in which Cloud Run tells it', (t) => {
  const pools = [
    [{ name: 'projects/a-project/locations/l/workerPools/other', scaling: { manualInstanceCount: 3 } }],
    [
      {
        name: 'projects/a-project/locations/l/workerPools/stream-writer',
        scaling: { manualInstanceCount: 7 },
      },
    ],
    [
      {
        metadata: {
          name: 'stream-writer',
          annotations: { 'run.googleapis.com/manualInstanceCount': '0' },
        },
      },
    ],
  ]
  for (const [index, running] of [null, 7, 0].entries()) {
    const tools = fakeTools([])
    tools.put('pools', JSON.stringify(pools[index]))
    t.equal(apply(tools, 'a-project', 'dev').status, 0)
    t.match(tools.variables(), { stream_writer_running: running })
  }
  t.end()
})

t.test('when it cannot be told how many writers there are, nothing is applied', (t) => {
  const tools = fakeTools([])
  tools.failOn(' worker-pools list ')
  t.match(apply(tools, 'a-project', 'dev'), {
    status: 1,
    stderr: /how many instances stream-writer has cannot be told/,
  })
  t.notOk(verbs(tools).includes('plan'))
  t.end()
})

/** As Terraform tells of a plan: what the scaler is to be told, and under which name. */
const planned = (version: string, text: string) =>
  JSON.stringify({
    planned_values: {
      outputs: { scaler_configuration: { value: { parameter: 'writer-scaler', version, text } } },
    },
  })

t.test('the configuration of the scaler is there before the service that reads it, once', (t) => {
  const tools = fakeTools(['parameter somebody-elses'])
  tools.put('planned', planned('v-1', 'kind: CremaConfig\n'))
  t.equal(apply(tools, 'a-project', 'dev').status, 0)
  t.equal(tools.get('stdin'), 'kind: CremaConfig\n', 'byte for byte')
  const at = (part: string) => tools.calls().findIndex((call) => call.includes(part))
  t.ok(at('versions create v-1') > at(' plan ') && at('versions create v-1') < at(' apply '))

  tools.forget()
  t.equal(apply(tools, 'a-project', 'dev').status, 0)
  t.equal(at(' create '), -1, 'what is there is not made again')

  tools.put('planned', planned('v-2', 'kind: CremaConfig # another\n'))
  t.equal(apply(tools, 'a-project', 'dev').status, 0)
  t.same(tools.things(), [
    'parameter somebody-elses',
    'parameter writer-scaler',
    'parameter-version v-1',
    'parameter-version v-2',
  ])
  t.end()
})

t.test('without its configuration the scaler is not applied, and a plan puts none', (t) => {
  const tools = fakeTools([])
  tools.put('planned', planned('v-1', 'kind: CremaConfig\n'))
  tools.failOn('parametermanager parameters versions create')
  t.equal(apply(tools, 'a-project', 'dev').status, 1)
  t.notOk(verbs(tools).includes('apply'))
  tools.forget()
  t.equal(apply(tools, '--plan', 'a-project', 'dev').status, 0)
  t.notOk(tools.calls().some((call) => call.includes('parametermanager')))
  t.end()
})

t.test('the event types are those of the catalogue', (t) => {
  const { stdout } = spawnSync(process.execPath, ['scripts/event-types.ts'], { cwd: root, encoding: 'utf8' })
  t.same(
    JSON.parse(stdout),
    CATALOGUE.map(({ type }) => type),
  )
  t.end()
})
