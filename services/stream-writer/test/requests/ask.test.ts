import { setImmediate as turn } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import { Counter } from 'prom-client'
import t from 'tap'
import { createAsk } from '../../src/requests/ask.ts'

const request = (bytes: number, source = '') => ({
  data: Buffer.alloc(bytes),
  attributes: source === '' ? {} : { 'ce-source': source },
})

function askWith(publish: () => Promise<string[]>, now = () => 0) {
  const asked = new Counter({ name: 'asked', help: 'asked', registers: [] })
  return createAsk({
    publisher: { publish },
    logger: createLogger({ service: 'test', level: 'silent' }),
    asked,
    now,
    mostBytes: 1000,
  })
}

t.test('requests under way have a bound in bytes, over all tables', async (t) => {
  const answers: (() => void)[] = []
  const ask = askWith(() => new Promise((resolve) => answers.push(() => resolve([]))))
  const first = ask('one', [request(400), request(200)])
  t.equal(ask('two', [request(500)]), undefined)
  t.ok(ask('two', [request(400)]))
  t.equal(answers.length, 2)
  answers[0]!()
  t.equal(await first, true)
  t.ok(ask('two', [request(500)]))
})

t.test('one that is larger than the bound goes alone', async (t) => {
  const ask = askWith(() => Promise.resolve([]))
  t.equal(await ask('one', [request(5000)]), true)
})

t.test('what Pub/Sub does not take is said, and takes no room any more', async (t) => {
  const ask = askWith(() => Promise.reject(new Error('down')))
  t.equal(await ask('one', [request(900)]), false)
  await turn()
  t.equal(await ask('one', [request(900)]), false)
})

t.test('who asks for thousands of tables keeps nobody else from asking', async (t) => {
  const clock = { now: 0 }
  const ask = askWith(
    () => Promise.resolve([]),
    () => clock.now,
  )
  const times = async (source: string, count: number) => {
    let asked = 0
    for (let n = 0; n < count; n++) if ((await ask('x', [request(1, source)])) === true) asked++
    return asked
  }
  t.equal(await times('greedy', 1000), 201)
  t.equal(await times('other', 1), 1)
  clock.now += 1000
  t.equal(await times('greedy', 1000), 50)
  clock.now += 60_000
  t.equal(await times('greedy', 1000), 201, 'after a rest as many at once as before')
})

t.test('sources that are made up do not make one forget what another one owes', async (t) => {
  const ask = askWith(() => Promise.resolve([]))
  const once = async (source: string) => (await ask('x', [request(1, source)])) === true
  while (await once('greedy'));
  for (let n = 0; n < 25_000; n++) await once(`made up ${n}`)
  t.equal(await once('greedy'), false)
})
