import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { some } from '../long-tests.ts'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

/** Asks once a minute, by a clock that goes on at once. */
function testTableCreation(
  tools: FakeTools,
  environment = 'dev',
  { options = [], cwd = root }: { readonly options?: readonly string[]; readonly cwd?: string } = {},
) {
  const PATH = `${tools.bin}:${process.env['PATH']}`
  const env = { ...process.env, PATH, REGION: '', BASH_ENV: tools.clock, POLL_SECONDS: '60' }
  return spawnSync('bash', ['scripts/test-table-creation.sh', ...options, 'a-project', environment], {
    cwd,
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

const published = (tools: FakeTools) =>
  tools
    .calls()
    .filter((call) => call.startsWith('gcloud pubsub topics publish '))
    .map((call) => JSON.parse(/--message=(\{.*\}) /.exec(call)![1]!) as Record<string, unknown>)

t.test('each run proves a column that was not there', (t) => {
  const tables = [
    ['dev', 'orders'],
    ['staging', 'deployment_check'],
    ['production', 'deployment_check'],
  ] as const
  for (const [environment, table] of some(tables, 2)) {
    const tools = fakeTools([])
    const { status, stderr } = testTableCreation(tools, environment)
    t.equal(status, 0, stderr)
    const [, run] = /published: (smoke\w+), of type/.exec(stderr) ?? []
    t.ok(published(tools).some((event) => event[run!] === 'a new field'))
    t.match(tools.calls().at(-1), `${environment}_events_dataset.${table}\``)
    t.match(tools.calls().at(-1), `AND ${run} = 'a new field'`)
  }
  t.end()
})

t.test('nothing is invented in tables that people work with: only dev has events of a shop', (t) => {
  const types = (environment: string) => {
    const tools = fakeTools([])
    testTableCreation(tools, environment)
    return published(tools)
      .map((event) => String(event['event_type']))
      .toSorted()
  }
  for (const environment of some(['staging', 'production', 'prod', 'test'], 2))
    t.same(types(environment), ['deployment_check', 'deployment_check'], environment)
  t.same(types('dev'), ['inventory', 'order', 'order', 'user_activity'])
  t.end()
})

t.test('of a type that has a contract of its own nothing is invented either', (t) => {
  const checkout = realpathSync(mkdtempSync(join(tmpdir(), 'tablestream-contracts-')))
  t.teardown(() => rmSync(checkout, { recursive: true }))
  cpSync(join(root, 'scripts'), join(checkout, 'scripts'), { recursive: true })
  const write = (path: string, text: string) => {
    mkdirSync(join(checkout, path, '..'), { recursive: true })
    writeFileSync(join(checkout, path), text)
  }
  const types = (settings: string) => {
    write('terraform/environments/dev.tfvars', settings)
    const tools = fakeTools([])
    const { status, stderr } = testTableCreation(tools, 'dev', { cwd: checkout })
    t.equal(status, 0, stderr)
    t.match(stderr, /has the column smoke\w+, and the event that brought it/)
    return published(tools)
      .map((event) => String(event['event_type']))
      .toSorted()
  }
  write('own/order.schema.json', '{"type":"object"}')
  write('own/stock.json', '{"type":"object","x-tablestream":{"event_type":"inventory"}}')
  write('all/order.json', '{}')
  write('all/inventory.json', '{}')
  write('all/user_activity.json', '{}')
  t.same(types('contracts      = "own"\nmonthly_budget = 200\n'), ['user_activity', 'user_activity'])
  t.same(types('contracts = "all"\n'), ['deployment_check', 'deployment_check'])
  t.same(types('# contracts = "all"\n'), ['inventory', 'order', 'order', 'user_activity'])
  t.end()
})

t.test(
  'an event that a table made again under its name swallowed is published once more, and that is said',
  (t) => {
    const tools = fakeTools([])
    // the ten minutes of the first event, and one more
    tools.put('found after', '12')
    const { status, stderr } = testTableCreation(tools, 'dev', { options: ['--rebuilt'] })
    t.equal(status, 0, stderr)
    t.match(
      stderr,
      /WARNING: smoke\w+-\w+ was taken and its row was not seen, the same event landed 600 s later/,
    )
    const ids = published(tools).map((event) => String(event['event_id']))
    t.equal(ids.filter((id) => id.endsWith('-again')).length, 1)
    t.end()
  },
)

t.test('what ran for hours has no such excuse: its event is not published again', (t) => {
  const tools = fakeTools([])
  tools.put('found after', '12')
  t.equal(testTableCreation(tools).status, 1)
  t.equal(published(tools).length, 3)
  t.end()
})

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

t.test('its events name their type in the field of the environment', (t) => {
  process.env['TYPE_FIELD'] = 'kind'
  t.teardown(() => delete process.env['TYPE_FIELD'])
  const tools = fakeTools([])
  t.equal(testTableCreation(tools, 'staging').status, 0)
  for (const event of published(tools)) t.match(event, { kind: 'deployment_check', event_type: undefined })
  t.end()
})
