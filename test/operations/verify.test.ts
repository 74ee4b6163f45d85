import { spawnSync } from 'node:child_process'
import t from 'tap'
import { some } from '../long-tests.ts'
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
  const posts = tools
    .calls()
    .filter((call) => call.startsWith('curl ') && call.endsWith('/events/deployment_check'))
  t.equal(posts.length, 1)
  t.match(posts[0], /X-Serverless-Authorization: Bearer token for https:\/\/event-gateway\.run\.app /)
  t.match(posts[0], / Authorization: Bearer token for https:\/\/the\.audience /)
  t.match(posts[0], /"event_id":"verify-/)
  t.end()
})

const asked = (tools: FakeTools, part: string) =>
  tools.calls().filter((call) => call.startsWith('curl ') && call.includes(part))

t.test('the console answers the one who verifies, and nobody without a token', (t) => {
  const tools = fakeTools([])
  const { status, stderr } = verify(tools)
  t.equal(status, 0, stderr)
  t.match(asked(tools, 'https://console.run.app/readiness'), [
    /Bearer token for https:\/\/console\.run\.app /,
    /^(?!.*Bearer)/,
  ])
  t.match(stderr, /console: 200 with a token, 403 without one/)
  t.end()
})

t.test(
  'a console behind Identity-Aware Proxy is asked of Cloud Run: its login is no answer, in either form',
  (t) => {
    const forms = [
      { iapEnabled: true },
      { metadata: { annotations: { 'run.googleapis.com/iap-enabled': 'true' } } },
    ]
    for (const form of forms) {
      const tools = fakeTools([])
      tools.put(
        'described',
        JSON.stringify({
          ...form,
          status: { conditions: [{ type: 'Ready', status: 'True' }] },
          env: [{ name: 'TOKEN_AUDIENCE', value: 'https://the.audience' }],
        }),
      )
      const { status, stderr } = verify(tools)
      t.equal(status, 0, stderr)
      t.same(asked(tools, 'https://console.run.app'), [])
      t.match(stderr, /console: Ready, behind Identity-Aware Proxy/)
    }
    const tools = fakeTools([])
    tools.failOn('services describe console', { message: 'ERROR: (gcloud.run) Cannot find it.' })
    t.match(verify(tools), { status: 1, stderr: /console cannot be looked at/ })
    t.end()
  },
)

t.test(
  'what answers nobody is asked of Cloud Run: a job that cannot start is seen before its hour comes',
  (t) => {
    const parts = [
      'run services describe table-manager',
      'run worker-pools describe stream-writer',
      'run jobs describe archiver',
      'run jobs describe batch-loader',
    ]
    for (const part of some(parts, 2)) {
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
  for (const [told, status] of some(cases, 3)) {
    const tools = fakeTools([])
    tools.put('described', described(told))
    t.equal(verify(tools).status, status, JSON.stringify(told))
  }
  t.end()
})
