import t from 'tap'
import { AT_ONCE, inTurns } from '../src/in-turns.ts'

/** Work that ends when it is told to. */
function openWork() {
  const running = new Map<number, PromiseWithResolvers<string>>()
  return {
    running,
    work: (each: number) => {
      const end = Promise.withResolvers<string>()
      running.set(each, end)
      return end.promise.finally(() => running.delete(each))
    },
  }
}
const soon = () => new Promise((resolve) => setImmediate(resolve))
const numbers = Array.from({ length: AT_ONCE + 2 }, (_, n) => n)

t.test('a slow one holds no other up, and results are in the order of what they are of', async (t) => {
  const { running, work } = openWork()
  const done = inTurns(numbers, work)
  await soon()
  t.same([...running.keys()], numbers.slice(0, AT_ONCE))
  running.get(5)!.resolve('5')
  await soon()
  t.ok(running.has(AT_ONCE))
  t.notOk(running.has(AT_ONCE + 1))
  while (running.size > 0) {
    for (const [n, end] of running) end.resolve(String(n))
    await soon()
  }
  t.same(await done, numbers.map(String))
})

t.test('the first that fails is the error, when those beside it are done; no other one begins', async (t) => {
  const { running, work } = openWork()
  let ended = false
  const done = inTurns(numbers, work).finally(() => (ended = true))
  done.catch(() => undefined)
  await soon()
  running.get(0)!.reject(new Error('first'))
  running.get(1)!.reject(new Error('second'))
  await soon()
  t.equal(running.size, AT_ONCE - 2)
  t.notOk(ended)
  for (const end of running.values()) end.resolve('')
  await t.rejects(done, { message: 'first' })
})
