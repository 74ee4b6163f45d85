import t from 'tap'
import { ToldLately } from '../src/told-lately.ts'

t.test('what was said is said again after ten minutes, and sooner where there is much to say', (t) => {
  const clock = { now: 0 }
  const told = new ToldLately(() => clock.now)
  t.ok(told.isDue('a'))
  clock.now = 599_999
  t.notOk(told.isDue('a'))
  clock.now = 600_000
  t.ok(told.isDue('a'))
  t.notOk(told.isDue('a'))
  t.ok(Array.from({ length: 1000 }, (_, n) => `${n}`).every((each) => told.isDue(each)))
  t.ok(told.isDue('a'))
  t.end()
})
