import t from 'tap'
import { Background } from '../../src/beside/background.ts'

t.test('work is tried again until it is done, and a failure is told after the last try', async (t) => {
  const background = new Background({ waitsMs: [0, 1, 1] })
  const failures: unknown[] = []
  let tries = 0
  const failing = (times: number) => () =>
    ++tries <= times ? Promise.reject(new Error('no')) : Promise.resolve()
  await background.run(failing(2), (error) => failures.push(error))
  t.same([tries, failures], [3, []])
  tries = 0
  await background.run(failing(3), (error) => failures.push(error))
  t.match(failures, [{ message: 'no' }])
})

t.test('when the service ends, what waits for its next try gets one more at once', async (t) => {
  const background = new Background({ waitsMs: [0, 60_000] })
  let tries = 0
  const failures: unknown[] = []
  const tried = Promise.withResolvers<void>()
  const twice = background.run(
    () => {
      tried.resolve()
      return ++tries === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve()
    },
    (error) => failures.push(error),
  )
  const never = background.run(
    () => Promise.reject(new Error('no topic')),
    (error) => failures.push(error),
  )
  await tried.promise
  await background.close()
  await Promise.all([twice, never])
  t.equal(tries, 2)
  t.match(failures, [{ message: 'no topic' }], 'and what fails then is told')
})

t.test('when the service ends, nothing that hangs is gone without a word', async (t) => {
  const background = new Background({ closeWithinMs: 20 })
  const failures: unknown[] = []
  void background.run(
    () => new Promise(() => {}),
    (error) => failures.push(error),
  )
  await background.close()
  t.match(failures, [{ message: 'the service ended before it was done' }])
})
