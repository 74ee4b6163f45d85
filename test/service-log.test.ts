import t from 'tap'
import { openServiceLog } from '../scripts/start/service-log.ts'

const line = (message: string, fields: object = {}) =>
  JSON.stringify({ severity: 'WARNING', time: '2026-11-29T10:00:00.000Z', service: 's', message, ...fields })

t.test('one line for each reason and second, the rest is counted', async (t) => {
  const { mock } = await import('node:test')
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const said: string[] = []
  const log = openServiceLog((text) => said.push(text), false)
  for (let count = 0; count < 1000; count++)
    log.take('writer', line('dead letter', { reason: 'not_json', path: `/${count}` }))
  log.take('writer', line('dead letter', { reason: 'too_deep' }))
  t.equal(said.length, 2)
  mock.timers.tick(1000)
  t.equal(said.at(-1), 'writer dead letter not_json: 999 more like this')
  log.take('writer', line('dead letter', { reason: 'not_json', path: '/again' }))
  t.match(said.at(-1), '/again', 'the next second has its line')
  mock.timers.tick(1000)
  t.equal(said.length, 4, 'nothing is counted where there was one')
})

t.test('what a person sees has no character that a terminal obeys, and is not endless', (t) => {
  const said: string[] = []
  const log = openServiceLog((text) => said.push(text), true)
  log.take('writer', line('dead letter', { value: `\u001B[2J${'x'.repeat(1000)}` }))
  log.take('writer', 'Error: \u001B]0;title\u0007')
  const bare = said.map((text) => text.replace('\u001B[33m', '').replace('\u001B[0m', ''))
  for (const text of bare) t.notMatch(text, /\p{Cc}/u)
  t.match(bare[0], /WARNING +writer +dead letter value=\\u001b\[2Jx+…$/)
  t.equal(bare[1], String.raw`writer: Error: \u001b]0;title\u0007`)
  t.end()
})
