import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Calls } from '../../src/bigquery/calls.ts'

// a call that never answers keeps no process alive, and this one is to see what becomes of it
const alive = setInterval(() => undefined, 1000)
t.teardown(() => clearInterval(alive))

t.test('so many are under way at a time, and all get their turn', async (t) => {
  const calls = new Calls({ atOnce: 3, timeoutMs: 10_000 })
  let underWay = 0
  let most = 0
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      calls.run('a call', async () => {
        most = Math.max(most, ++underWay)
        await turn()
        underWay--
        return index
      }),
    ),
  )
  t.equal(most, 3)
  t.same(
    results,
    Array.from({ length: 20 }, (_, index) => index),
  )
})

t.test('a call that never answers ends, and gives its place to the next', async (t) => {
  const calls = new Calls({ atOnce: 1, timeoutMs: 50 })
  const hanging = calls.run('tables.get t', () => new Promise(() => {}))
  const next = calls.run('tables.get u', () => Promise.resolve('here'))
  await t.rejects(hanging, { message: 'BigQuery did not answer within 0.05 s: tables.get t' })
  t.equal(await next, 'here')
})

t.test('a call that fails gives its place to the next, too', async (t) => {
  const calls = new Calls({ atOnce: 1, timeoutMs: 10_000 })
  const failing = calls.run('a call', () => Promise.reject(new Error('no')))
  const next = calls.run('a call', () => Promise.resolve('here'))
  await t.rejects(failing, { message: 'no' })
  t.equal(await next, 'here')
})

t.test('of several who wait one call is made after the other', async (t) => {
  const calls = new Calls({ atOnce: 1, timeoutMs: 10_000 })
  const order: string[] = []
  const call = (source: string) => calls.run('a call', async () => order.push(source), source)
  await Promise.all([call(''), ...Array.from({ length: 5 }, () => call('greedy')), call('other')])
  t.same(order, ['', 'greedy', 'other', 'greedy', 'greedy', 'greedy', 'greedy'])
})
