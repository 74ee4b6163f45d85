import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

function apiKey(tools: FakeTools, ...args: string[]) {
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '' }
  return spawnSync('bash', ['scripts/api-key.sh', ...args], { cwd: root, env, encoding: 'utf8' })
}

const shop = { sha256: 'a'.repeat(64), requests_per_minute: 60 }

t.test('a second system gets its key beside the first', (t) => {
  const tools = fakeTools([])
  tools.put('keys', JSON.stringify({ shop }))
  const { status, stdout, stderr } = apiKey(tools, '--requests-per-minute', '100', 'add', 'a-project', 'till')
  t.equal(status, 0, stderr)
  const key = stdout.trim()
  t.match(key, /^[0-9a-f]{64}$/)
  const sha256 = createHash('sha256').update(key).digest('hex')
  t.same(JSON.parse(tools.get('keys')), { shop, till: { sha256, requests_per_minute: 100 } })
  t.notOk(
    tools.calls().some((call) => call.includes(key)),
    'no command line has the key',
  )
  t.end()
})

t.test('the first key begins a list; what cannot be read is not taken for an empty one', (t) => {
  const tools = fakeTools([])
  tools.put('versions', '')
  t.equal(apiKey(tools, 'add', 'a-project', 'shop').status, 0)
  t.same(Object.keys(JSON.parse(tools.get('keys')) as object), ['shop'])

  const failing = fakeTools([])
  failing.put('keys', JSON.stringify({ shop }))
  failing.failOn('versions access')
  t.match(apiKey(failing, 'add', 'a-project', 'till'), { status: 1, stderr: /the keys cannot be read/ })
  t.same(JSON.parse(failing.get('keys')), { shop })
  t.end()
})

t.test('keys are listed and removed by their names', (t) => {
  const tools = fakeTools([])
  tools.put('keys', JSON.stringify({ shop, till: shop }))
  t.match(apiKey(tools, 'list', 'a-project'), {
    status: 0,
    stdout: 'shop  60 requests a minute\ntill  60 requests a minute\n',
  })
  t.equal(apiKey(tools, 'remove', 'a-project', 'shop').status, 0)
  t.same(JSON.parse(tools.get('keys')), { till: shop })
  t.match(apiKey(tools, 'remove', 'a-project', 'nobody'), { status: 1, stderr: /there is no key of nobody/ })
  t.match(apiKey(tools, 'add', 'a-project', 'a name'), { status: 2, stderr: /"a name" is no name/ })
  t.match(apiKey(tools, 'give', 'a-project', 'shop'), { status: 2, stderr: /"give" is none of/ })
  t.end()
})

t.test(
  "a key is changed while its caller goes on, under the same name: the name is part of its events' identity",
  (t) => {
    const tools = fakeTools([])
    const before = { ...shop, bytes_per_minute: 1000 }
    tools.put('keys', JSON.stringify({ shop: before, till: shop }))
    t.equal(apiKey(tools, 'add', 'a-project', 'shop').status, 0)
    const { shop: both, till } = JSON.parse(tools.get('keys')) as Record<string, Record<string, unknown>>
    t.match(both, { old_sha256: shop.sha256, requests_per_minute: 60, bytes_per_minute: 1000 })
    t.not(both!['sha256'], shop.sha256)
    t.same(till, shop)
    t.match(apiKey(tools, 'list', 'a-project').stdout, /^shop  60 requests a minute, two keys$/m)

    t.equal(apiKey(tools, 'retire', 'a-project', 'shop').status, 0)
    const { old_sha256: _, ...newest } = both!
    t.same(JSON.parse(tools.get('keys')), { shop: newest, till: shop })
    t.match(apiKey(tools, 'retire', 'a-project', 'shop'), { status: 1, stderr: /shop has no second key/ })
    t.end()
  },
)
