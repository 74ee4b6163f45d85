import { spawnSync } from 'node:child_process'
import { CATALOGUE } from '@tablestream/contract'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const DIGEST = (letter: string) => `@sha256:${letter.repeat(64)}`
const OLD = `registry/stream-writer${DIGEST('a')}`
const NEW = `registry/stream-writer${DIGEST('b')}`
const GATEWAY = `registry/event-gateway${DIGEST('c')}`
const EVENT_TYPES = CATALOGUE.map(({ type }) => type)
const NOT_YET = 'Error 403: Permission denied while using the Eventarc Service Agent'

function apply(tools: FakeTools, ...args: string[]) {
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '', RETRY_SECONDS: '0' }
  return spawnSync('bash', ['scripts/apply.sh', ...args], { cwd: root, env, encoding: 'utf8' })
}

const verbs = (tools: FakeTools) =>
  tools.calls().map((call) => /^terraform -chdir=\S+ (\w+)/.exec(call)?.[1] ?? call)

t.test(
  'what runs keeps its image, what is named gets its own, and every known event type is archived',
  (t) => {
    const tools = fakeTools([], { 'stream-writer': OLD, 'event-gateway': GATEWAY })
    const { status, stderr } = apply(tools, 'a-project', 'dev', `stream-writer=${NEW}`)
    t.equal(status, 0, stderr)
    t.same(verbs(tools), ['init', 'output', 'plan', 'apply'])
    t.same(tools.variables(), {
      images: { 'stream-writer': NEW, 'event-gateway': GATEWAY },
      event_types: EVENT_TYPES,
    })
    t.match(tools.calls()[2], /-var=project_id=a-project -var=environment=dev -var=region=us-central1 /)
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
  const tools = fakeTools([], { 'stream-writer': OLD })
  tools.failOn(' output ')
  t.match(apply(tools, 'a-project', 'dev'), { status: 1, stderr: /what runs now cannot be read/ })
  t.same(verbs(tools), ['init', 'output'])
  t.end()
})

t.test('a grant that is not everywhere yet is waited for; another error is the end', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ', { times: 2, message: NOT_YET })
  const { status, stderr } = apply(tools, 'a-project', 'dev')
  t.equal(status, 0, stderr)
  t.same(verbs(tools), ['init', 'output', 'plan', 'apply', 'plan', 'apply', 'plan', 'apply'])
  t.match(stderr, /not everywhere yet: attempt 2 of 4/)

  const others = fakeTools([])
  others.failOn(' apply ')
  t.match(apply(others, 'a-project', 'dev'), {
    status: 1,
    stderr: /the network is down.*terraform apply failed/s,
  })
  t.same(verbs(others), ['init', 'output', 'plan', 'apply'])
  t.end()
})

t.test('a plan changes nothing, and takes no lock', (t) => {
  const tools = fakeTools([])
  t.equal(apply(tools, '--plan', 'a-project', 'dev').status, 0)
  t.same(verbs(tools), ['init', 'output', 'plan'])
  t.match(tools.calls()[2], /-detailed-exitcode -lock=false/)
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
