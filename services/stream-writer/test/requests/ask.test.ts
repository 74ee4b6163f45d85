import { setImmediate as turn } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import { Counter } from 'prom-client'
import t from 'tap'
import { createAsk } from '../../src/requests/ask.ts'

const request = (bytes: number) => ({ data: Buffer.alloc(bytes), attributes: {} })

function askWith(publish: () => Promise<string[]>) {
  const asked = new Counter({ name: 'asked', help: 'asked', registers: [] })
  return createAsk({
    publisher: { publish },
    logger: createLogger({ service: 'test', level: 'silent' }),
    asked,
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
