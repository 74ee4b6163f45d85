import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

function verify(tools: FakeTools) {
  const env = {
    ...process.env,
    PATH: `${tools.bin}:${process.env['PATH']}`,
    REGION: '',
    READY_SECONDS: '0',
    RETRY_SECONDS: '0',
  }
  return spawnSync('bash', ['scripts/verify.sh', 'a-project', 'dev'], { cwd: root, env, encoding: 'utf8' })
}

t.test('an event is posted with a token for Cloud Run and one for event-gateway', (t) => {
  const tools = fakeTools([])
  const { status, stderr } = verify(tools)
  t.equal(status, 0, stderr)
  const posts = tools.calls().filter((call) => call.startsWith('curl ') && call.endsWith('/events'))
  t.equal(posts.length, 1)
  t.match(posts[0], /X-Serverless-Authorization: Bearer token for https:\/\/event-gateway\.run\.app /)
  t.match(posts[0], / Authorization: Bearer token for https:\/\/the\.audience /)
  t.match(posts[0], /"event_type":"deployment_check"/)
  t.end()
})

t.test(
  'what answers nobody is asked of Cloud Run: a job that cannot start is seen before its hour comes',
  (t) => {
    for (const part of [
      'run services describe table-manager',
      'run worker-pools describe stream-writer',
      'run jobs describe archiver',
      'run jobs describe batch-loader',
    ]) {
      const tools = fakeTools([])
      tools.failOn(part, { message: 'ERROR: (gcloud.run) Cannot find it.' })
      const { status, stderr } = verify(tools)
      t.equal(status, 1, part)
      t.match(stderr, /is Ready: not within 0 s\. The last answer was: .*Cannot find it/, part)
    }
    t.end()
  },
)

t.test('a token that cannot be had ends it there, and nobody is asked without one for minutes', (t) => {
  const tools = fakeTools([])
  tools.failOn('print-identity-token')
  const { status, stderr } = verify(tools)
  t.equal(status, 1)
  t.match(stderr, /no identity token of tablestream-smoke@a-project\.iam\.gserviceaccount\.com/)
  t.same(
    tools.calls().filter((call) => call.startsWith('curl ')),
    [],
  )
  t.end()
})

t.test('a bad minute of Google is no deployment that is not well', (t) => {
  for (const part of ['print-identity-token', 'run services describe']) {
    const tools = fakeTools([])
    tools.failOn(part, {
      times: 2,
      message: 'ERROR: (gcloud.x) UNAVAILABLE: The service is currently unavailable.',
    })
    const { status, stderr } = verify(tools)
    t.equal(status, 0, `${part}: ${stderr}`)
  }
  t.end()
})

t.test('both forms in which gcloud tells of Cloud Run are understood', (t) => {
  const described = (told: object) =>
    JSON.stringify({ ...told, env: [{ name: 'TOKEN_AUDIENCE', value: 'https://the.audience' }] })
  const cases: [object, number][] = [
    [{ status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 0],
    [{ terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' } }, 0],
    [{ status: { conditions: [{ type: 'Ready', status: 'False' }] } }, 1],
    [{ terminalCondition: { type: 'Ready', state: 'CONDITION_FAILED' } }, 1],
    [{}, 1],
  ]
  for (const [told, status] of cases) {
    const tools = fakeTools([])
    tools.put('described', described(told))
    t.equal(verify(tools).status, status, JSON.stringify(told))
  }
  t.end()
})
