import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const ID = 'projects/a-project/notificationChannels/42'
const THERE = JSON.stringify([
  { name: ID, type: 'pagerduty', userLabels: { app: 'tablestream', made_by: 'channel', channel: 'on-call' } },
])

function channel(tools: FakeTools, input: string, ...args: string[]) {
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '' }
  return spawnSync('bash', ['scripts/channel.sh', ...args], { cwd: root, env, encoding: 'utf8', input })
}

const labels = (tools: FakeTools) =>
  (JSON.parse(tools.get('stdin')) as { readonly labels: Readonly<Record<string, string>> }).labels

t.test(
  'a channel is made with its secret, which no command line has, and its line for Terraform is said',
  (t) => {
    const tools = fakeTools([])
    const { status, stdout, stderr } = channel(
      tools,
      'the secret\n',
      'put',
      'a-project',
      'on-call',
      'pagerduty',
    )
    t.equal(status, 0, stderr)
    t.equal(stdout, `on-call = { type = "existing", to = "${ID}" }\n`)
    t.same(JSON.parse(tools.get('stdin')), {
      type: 'pagerduty',
      displayName: 'tablestream: on-call',
      // no environment: the sweep of an environment does not see it
      userLabels: { app: 'tablestream', made_by: 'channel', channel: 'on-call' },
      labels: { service_key: 'the secret' },
    })
    t.notOk(tools.calls().some((call) => call.includes('the secret')))
    t.end()
  },
)

t.test('each type has its secret where Monitoring looks for it', (t) => {
  const put = (input: string, ...args: string[]) => {
    const tools = fakeTools([])
    const { status, stderr } = channel(tools, input, 'put', 'a-project', 'a-name', ...args)
    t.equal(status, 0, stderr)
    return labels(tools)
  }
  t.same(put('xoxb', 'slack', '#events'), { channel_name: '#events', auth_token: 'xoxb' })
  t.same(put('https://example.com/hook?auth_token=1', 'webhook'), {
    url: 'https://example.com/hook?auth_token=1',
  })
  t.same(put('a password', 'webhook-password', 'https://example.com/hook'), {
    url: 'https://example.com/hook',
    username: 'tablestream',
    password: 'a password',
  })
  t.end()
})

t.test('one of the same name gets the new secret, and stays the one that alerts name', (t) => {
  const tools = fakeTools([])
  tools.put('channels', THERE)
  const { status, stdout, stderr } = channel(tools, 'another', 'put', 'a-project', 'on-call', 'pagerduty')
  t.equal(status, 0, stderr)
  t.match(stdout, ID)
  t.match(tools.calls(), [/channels list /, new RegExp(`channels update ${ID} `)])
  t.same(labels(tools), { service_key: 'another' })
  t.end()
})

t.test('channels are listed and removed by their names; one that alerts name is not forced away', (t) => {
  const tools = fakeTools([])
  tools.put('channels', THERE)
  t.match(channel(tools, '', 'list', 'a-project'), { status: 0, stdout: `on-call  pagerduty  ${ID}\n` })
  t.equal(channel(tools, '', 'remove', 'a-project', 'on-call').status, 0)
  t.ok(tools.calls().includes(`gcloud beta monitoring channels delete ${ID} --project=a-project --quiet`))
  t.match(channel(fakeTools([]), '', 'remove', 'a-project', 'nobody'), {
    status: 1,
    stderr: /there is no channel nobody/,
  })
  t.end()
})

t.test('what cannot be is refused before anything is made', (t) => {
  const refused = (input: string, args: readonly string[], why: RegExp) => {
    const tools = fakeTools([])
    const { status, stderr } = channel(tools, input, 'put', 'a-project', ...args)
    t.not(status, 0, args.join(' '))
    t.match(stderr, why)
    t.equal(tools.get('stdin'), '')
  }
  refused('x', ['A Name', 'slack', '#events'], /"A Name" is no name/)
  refused('x', ['chat', 'slack', 'events'], /"events" is no #channel/)
  refused('x', ['hook', 'webhook-password', 'http://example.com'], /is no https URL/)
  refused('ftp://x', ['hook', 'webhook'], /the URL of a webhook begins with https/)
  refused('\n', ['pager', 'pagerduty'], /the secret is empty/)
  refused('x', ['horn', 'foghorn'], /"foghorn" is none of/)
  t.end()
})

t.test('channels that cannot be listed are not taken for none', (t) => {
  const tools = fakeTools([])
  tools.failOn('channels list')
  const { status, stderr } = channel(tools, 'x', 'put', 'a-project', 'on-call', 'pagerduty')
  t.equal(status, 1)
  t.match(stderr, /the network is down.*the channels cannot be listed/s)
  t.equal(tools.get('stdin'), '')
  t.end()
})
