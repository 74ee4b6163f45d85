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

t.test('who waits for all that is under way waits for nothing that comes later', async (t) => {
  const background = new Background()
  const ends = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
  const start = (n: number) =>
    background.run(
      () => ends[n]!.promise,
      (error) => t.error(error),
    )
  const done: string[] = []
  const wait = (name: string, ms = 60_000) => background.settled(ms).then(() => done.push(name))
  const first = start(0)
  const waits = [wait('first')]
  const others = [start(1), start(2)]
  waits.push(wait('all'), wait('late', 10))
  ends[1]!.resolve()
  await Promise.all([others[0], waits[2]])
  t.same(done, ['late'])
  ends[0]!.resolve()
  await Promise.all([first, waits[0]])
  t.same(done, ['late', 'first'])
  ends[2]!.resolve()
  await Promise.all([others[1], waits[1]])
  await background.settled(60_000)
})

t.test('a thousand that wait for a thousand take no memory for each pair of them', async (t) => {
  const background = new Background()
  const ends = Array.from({ length: 1500 }, () => Promise.withResolvers<void>())
  const works = ends.map(({ promise }) =>
    background.run(
      () => promise,
      (error) => t.error(error),
    ),
  )
  const before = process.memoryUsage().heapUsed
  const waits = ends.map(() => background.settled(60_000))
  const taken = process.memoryUsage().heapUsed - before
  t.ok(taken < 50e6, `${taken} bytes`)
  for (const { resolve } of ends) resolve()
  await Promise.all([...works, ...waits])
})
