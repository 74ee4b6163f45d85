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
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '', RETRY_SECONDS: '0' }
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
    t.same(verbs(tools), ['init', 'output', 'plan', 'apply'])
    t.same(tools.variables(), {
      images: { 'stream-writer': NEW, 'event-gateway': GATEWAY },
      event_types: CATALOGUE.map(({ type }) => type),
      api_keys_version: '3',
      canary: {},
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

t.test('a canary: what has a new image and ran before, but for event-generator', (t) => {
  const GENERATOR = `registry/event-generator${DIGEST('d')}`
  const tools = fakeTools([], {
    images: { 'stream-writer': OLD, 'event-gateway': GATEWAY, 'event-generator': GENERATOR },
    revisions: {
      'stream-writer': 'stream-writer-00007-abc',
      'event-gateway': 'event-gateway-00003-abc',
      'event-generator': 'event-generator-00001-abc',
    },
  })
  const images = [
    `stream-writer=${NEW}`,
    `event-gateway=${GATEWAY}`,
    `table-manager=registry/table-manager${DIGEST('e')}`,
    `event-generator=registry/event-generator${DIGEST('e')}`,
  ]
  const { status, stdout, stderr } = apply(tools, '--canary', 'a-project', 'dev', ...images)
  t.equal(status, 0, stderr)
  t.same(JSON.parse(stdout), { 'stream-writer': 'stream-writer-00007-abc' })
  t.match(tools.variables(), { canary: { 'stream-writer': 'stream-writer-00007-abc' } })
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
