import t from 'tap'
import { DuplicateWindow } from '../src/duplicate-window.ts'

t.test('as many ids as it is asked for are remembered, and at most twice as many', (t) => {
  const window = new DuplicateWindow(10)
  for (let n = 0; n < 1000; n++) {
    window.set(`id ${n}`, 'table')
    for (let back = 0; back < Math.min(10, n + 1); back++)
      t.ok(window.get(`id ${n - back}`), `${n} - ${back}`)
    t.notOk(window.get(`id ${n - 20}`))
  }
  t.end()
})

t.test('an id that is deleted is unknown, however old it is', (t) => {
  const window = new DuplicateWindow(2)
  for (const id of ['a', 'b', 'c']) window.set(id, 'table')
  for (const id of ['a', 'c']) window.delete(id)
  t.same(
    ['a', 'b', 'c'].map((id) => window.get(id)),
    [undefined, 'table', undefined],
  )
  t.end()
})
