import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const ENTRY = {
  timestamp: '2026-01-01T00:00:00Z',
  severity: 'ERROR',
  jsonPayload: { service: 'stream-writer', message: 'it went wrong' },
}

function logs(...args: string[]) {
  const tools = fakeTools([])
  tools.put('complaints', JSON.stringify([ENTRY]))
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}` }
  const run = spawnSync('bash', ['scripts/logs.sh', ...args], { cwd: root, env, encoding: 'utf8' })
  return { ...run, calls: tools.calls() }
}

t.test('what a service said is asked for from a level on, and told in a line', (t) => {
  const { status, stdout, calls } = logs('--severity', 'ERROR', 'a-project', 'dev', 'stream-writer')
  t.equal(status, 0)
  t.equal(stdout, '2026-01-01T00:00:00Z  ERROR  stream-writer  it went wrong\n')
  t.match(calls[0], 'severity>=ERROR AND jsonPayload.service="stream-writer" --project=a-project')
  t.end()
})

t.test('without a service all are asked, from INFO on, and an hour back', (t) => {
  const { status, calls } = logs('a-project', 'dev')
  t.equal(status, 0)
  t.match(calls[0], /severity>=INFO --project=a-project --freshness=1h/)
  t.end()
})

t.test('a level, a span or a service that is none is named', (t) => {
  t.match(logs('--severity', 'LOUD', 'a-project', 'dev'), { status: 2, stderr: /"LOUD" is no severity/ })
  t.match(logs('--since', 'monday', 'a-project', 'dev'), { status: 2, stderr: /"monday" is no duration/ })
  t.match(logs('a-project', 'dev', 'nope'), { status: 2, stderr: /there is no service nope/ })
  t.end()
})

t.test('what the scaler said has no level and no JSON: all of it is asked for', (t) => {
  const { status, calls } = logs('--severity', 'ERROR', 'a-project', 'dev', 'writer-scaler')
  t.equal(status, 0)
  t.match(calls[0], 'resource.labels.service_name="writer-scaler" --project=a-project')
  t.notMatch(calls[0], 'severity')
  t.end()
})

t.test('the archiver is a job, and is asked for like a service', (t) => {
  const { status, calls } = logs('a-project', 'dev', 'archiver')
  t.equal(status, 0)
  t.match(calls[0], /OR "cloud_run_job"\) AND .*jsonPayload\.service="archiver"/)
  t.end()
})
