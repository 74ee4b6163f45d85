import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

/** Asks once a minute, by a clock that goes on at once. */
function testTableCreation(tools: FakeTools, environment = 'dev') {
  const PATH = `${tools.bin}:${process.env['PATH']}`
  const env = { ...process.env, PATH, REGION: '', BASH_ENV: tools.clock, POLL_SECONDS: '60' }
  return spawnSync('bash', ['scripts/test-table-creation.sh', 'a-project', environment], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
}

const asked = (tools: FakeTools) => tools.calls().filter((call) => call.startsWith('bq query ')).length

t.test(
  'a trigger or a column that is there after nine minutes is waited for, as stream-writer waits',
  (t) => {
    const tools = fakeTools([])
    tools.put('found after', '9')
    const { status, stderr } = testTableCreation(tools)
    t.equal(status, 0, stderr)
    t.equal(asked(tools), 10 + 3, 'ten times for the first row, once for each other')
    t.match(stderr, /orders has the column smoke\w+, and the event that brought it/)
    t.end()
  },
)

t.test(
  'each run proves a column that was not there, and in production not in a table that people work with',
  (t) => {
    for (const [environment, table] of [
      ['dev', 'orders'],
      ['production', 'deployment_check'],
    ] as const) {
      const tools = fakeTools([])
      const { status, stderr } = testTableCreation(tools, environment)
      t.equal(status, 0, stderr)
      const [, run] = /three events are published: (smoke\w+)/.exec(stderr) ?? []
      const published = tools.calls().filter((call) => call.startsWith('gcloud pubsub topics publish '))
      t.ok(published.some((call) => call.includes(`"${run}":"a new field"`)))
      t.match(tools.calls().at(-1), `${environment}_events_dataset.${table}\``)
      t.match(tools.calls().at(-1), `AND ${run} = 'a new field'`)
    }
    t.end()
  },
)

t.test('an event that Pub/Sub does not take in a bad minute is published again', (t) => {
  const tools = fakeTools([])
  tools.failOn('topics publish', {
    times: 2,
    message:
      'ERROR: (gcloud.pubsub.topics.publish) UNAVAILABLE: The service was unable to fulfill your request.',
  })
  const { status, stderr } = testTableCreation(tools)
  t.equal(status, 0, stderr)
  t.end()
})

t.test('nobody waits for ever, and what was seen is said', (t) => {
  const tools = fakeTools([])
  tools.put('found after', '1000')
  const { status, stderr } = testTableCreation(tools)
  t.equal(status, 1)
  t.match(stderr, /orders has no row of smoke\w+-order after 600 s.*the last answer: \[{"found": "0"}\]/s)
  t.end()
})
