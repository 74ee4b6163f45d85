import t from 'tap'
import { Restarts } from '../scripts/start/restarts.ts'

t.test('npm start starts a service again five times, each for itself, and then gives up', (t) => {
  const restarts = new Restarts()
  const writer = { name: 'stream-writer', wasReady: true, code: 1, signal: null }
  for (let time = 1; time <= 5; time++)
    t.same(restarts.of(writer), {
      startsAgain: true,
      line: 'stream-writer ended (exit code 1); starting it again',
    })
  t.same(restarts.of({ ...writer, name: 'console', code: null, signal: 'SIGKILL' }), {
    startsAgain: true,
    line: 'console ended (SIGKILL); starting it again',
  })
  t.same(restarts.of(writer), { startsAgain: false, line: 'stream-writer ended 6 times; giving up' })
  t.end()
})

t.test('a service that ends by itself before it is ready is not tried again; one that was killed is', (t) => {
  const restarts = new Restarts()
  const end = { name: 'console', wasReady: false, code: 1, signal: null }
  t.match(restarts.of(end), { startsAgain: false, line: /^console cannot start/ })
  t.match(restarts.of({ ...end, code: null, signal: 'SIGKILL' }), { startsAgain: true })
  t.end()
})
