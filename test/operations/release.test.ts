import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const image = (letter: string) => `registry/event-gateway@sha256:${letter.repeat(64)}`
const BEFORE = {
  images: { 'event-gateway': image('a') },
  revisions: { 'event-gateway': 'gateway-00001-abc' },
}

function run(tools: FakeTools, script: string, ...args: string[]) {
  const env = {
    ...process.env,
    PATH: `${tools.bin}:${process.env['PATH']}`,
    REGION: '',
    RETRY_SECONDS: '0',
    POLL_SECONDS: '0',
    READY_SECONDS: '0',
    CANARY_SECONDS: '0',
  }
  return spawnSync('bash', [`scripts/${script}`, ...args], { cwd: root, env, encoding: 'utf8' })
}

const release = (tools: FakeTools) =>
  run(tools, 'release.sh', 'a-project', 'dev', `event-gateway=${image('b')}`)
const applied = (tools: FakeTools) => tools.calls().filter((call) => / apply /.test(call)).length

t.test('a new image is tried beside the old one, and then it has everything', (t) => {
  const tools = fakeTools([], BEFORE)
  const { status, stderr } = release(tools)
  t.equal(status, 0, stderr)
  t.equal(applied(tools), 2)
  t.match(stderr, /a canary beside {"event-gateway":"gateway-00001-abc"}/)
  t.match(
    tools.calls().find((call) => call.startsWith('gcloud logging read')),
    /resource\.labels\.revision_name=\("revision-bbbb"\)/,
    'the log of the new revision is looked at',
  )
  t.match(tools.variables(), { images: { 'event-gateway': image('b') }, canary: {} })
  t.end()
})

t.test('a canary that complains is rolled back, by itself', (t) => {
  const tools = fakeTools([], BEFORE)
  tools.put('complaints', 'x\n'.repeat(11))
  const { status, stderr } = release(tools)
  t.equal(status, 1)
  t.match(stderr, /the canary logged more than 10 errors/)
  t.match(stderr, /dev runs again what it ran before: event-gateway=registry\/event-gateway@sha256:a+/)
  t.match(stderr, /not deployed: event-gateway=registry\/event-gateway@sha256:b+/)
  t.match(tools.variables(), { images: { 'event-gateway': image('a') }, canary: {} })
  t.end()
})

t.test(
  'what is kept and what is watched is what Cloud Run runs: an output of Terraform is one apply behind',
  (t) => {
    const tools = fakeTools([], { ...BEFORE, revisions: { 'event-gateway': 'gateway-00002-def' } })
    tools.put(
      'outputs',
      JSON.stringify({
        images: { value: BEFORE.images },
        revisions: { value: { 'event-gateway': 'gateway-00001-abc' } },
      }),
    )
    const { status, stderr } = release(tools)
    t.equal(status, 0, stderr)
    t.match(stderr, /a canary beside {"event-gateway":"gateway-00002-def"}/)
    const watched = tools.calls().find((call) => call.startsWith('gcloud logging read'))
    t.match(watched, /revision_name=\("revision-bbbb"\)/)
    t.end()
  },
)

t.test('a canary whose log cannot be read is rolled back: nobody has seen that it is well', (t) => {
  const tools = fakeTools([], BEFORE)
  tools.failOn('gcloud logging read')
  t.match(release(tools), {
    status: 1,
    stderr: /the log of the canary cannot be read.*runs again what it ran before/s,
  })
  t.match(tools.variables(), { images: { 'event-gateway': image('a') }, canary: {} })
  t.end()
})

t.test('what does not verify is rolled back, and so is what cannot be applied', (t) => {
  const sick = fakeTools([], BEFORE)
  sick.put('http', '500')
  t.match(release(sick), {
    status: 1,
    stderr: /dev goes back to: event-gateway=registry\/event-gateway@sha256:a/,
  })
  t.match(sick.variables(), { images: { 'event-gateway': image('a') } })

  const broken = fakeTools([], BEFORE)
  broken.failOn(' apply ', {
    times: 1,
    message: '╷\n│ Error: The user-provided container failed to start\n╵',
  })
  t.match(release(broken), { status: 1, stderr: /a service does not start.*runs again what it ran before/s })
  t.match(broken.variables(), { images: { 'event-gateway': image('a') } })
  t.end()
})

t.test('where nothing ran before there is no canary, and nothing to go back to', (t) => {
  const tools = fakeTools([])
  t.equal(release(tools).status, 0)
  t.notOk(tools.calls().some((call) => call.startsWith('gcloud logging read')))

  const sick = fakeTools([])
  sick.put('http', '500')
  t.match(release(sick), { status: 1, stderr: /nothing ran in dev before/ })
  t.end()
})

t.test('when it cannot be told what runs, nothing is deployed', (t) => {
  const tools = fakeTools([], BEFORE)
  tools.failOn(' output ')
  t.equal(release(tools).status, 1)
  t.equal(applied(tools), 0)
  t.end()
})

t.test('what runs is told in the words that a roll back takes', (t) => {
  const tools = fakeTools([], BEFORE)
  const { status, stdout } = run(tools, 'images.sh', 'a-project', 'dev')
  t.equal(status, 0)
  t.equal(stdout, `event-gateway=${image('a')}\n`)
  t.end()
})

t.test('a roll back by hand deploys the images that it is told, and looks whether all is well', (t) => {
  const tools = fakeTools([], BEFORE)
  const { status, stderr } = run(tools, 'roll-back.sh', 'a-project', 'dev', `event-gateway=${image('c')}`)
  t.equal(status, 0, stderr)
  t.match(tools.variables(), { images: { 'event-gateway': image('c') } })
  t.match(stderr, /dev runs again what it ran before: event-gateway=registry\/event-gateway@sha256:c+/)
  t.end()
})
