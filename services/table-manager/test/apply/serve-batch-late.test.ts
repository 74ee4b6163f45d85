import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { TableChange } from '../../src/table-change.ts'
import { queueOf, event, names } from '../queue/queue-of.ts'
import { FakeTables } from '../queue/fake-tables.ts'

t.test('tables.get that lags behind keeps nobody from the columns', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  tables.rules = { lagMs: 8000 }
  const told: TableChange[] = []
  const all = [1, 2, 3].map(() =>
    queueOf(tables, { clock, cacheMs: 0, changed: (change) => told.push(change) }),
  )
  await Promise.all(
    all.flatMap((one, index) => [
      one.fit(event({ [`a${index}`]: 1 })),
      one.fit(event({ a0: 0.5, [`b${index}`]: 1 })),
    ]),
  )
  t.same(names(tables).toSorted(), ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'])
  const added = told.flatMap((change) => (change.outcome === 'altered' ? change.added : []))
  t.equal(new Set(added).size, added.length, 'nothing was done twice')
})

t.test('a change whose answer was lost is told, once', async (t) => {
  const tables = new FakeTables()
  const told: TableChange[] = []
  const one = queueOf(tables, { changed: (change) => told.push(change) })
  const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  tables.lostAnswers = [lost(), lost(), lost()]
  t.match(await one.fit(event({ a: 1 })), { outcome: 'fits' })
  t.match(await one.fit(event({ a: 0.5, b: 1 })), { outcome: 'fits' })
  t.match(told, [
    { outcome: 'created', added: /a/ },
    { outcome: 'altered', added: ['b'] },
    { outcome: 'altered', widened: [{ path: 'a' }] },
  ])
})

t.test('a quota that is used up is waited for, longer than a failure', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  tables.failures = Array.from({ length: 12 }, () =>
    Object.assign(new Error('Exceeded rate limits'), {
      code: 403,
      errors: [{ reason: 'rateLimitExceeded' }],
    }),
  )
  t.match(await queueOf(tables, { clock }).fit(event({ a: 1 })), { outcome: 'created' })
  t.ok(clock.now > 20_000, `after ${clock.now} ms`)
})

t.test('an event waits only so long; what comes after it is not held up', async (t) => {
  const tables = new FakeTables()
  let hangs = true
  const read = tables.read.bind(tables)
  tables.read = () =>
    hangs ? new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 200)) : read()
  const one = queueOf(tables, { patienceMs: 300 })
  await t.rejects(one.fit(event({ a: 1 })), {
    message: /x could not be made fit within 0.3 s/,
    cause: /no answer/,
  })
  hangs = false
  // a busy machine may take longer than this little patience
  let result: { outcome: string } | undefined
  for (let tries = 0; tries < 50 && !result; tries++)
    result = await one.fit(event({ a: 1 })).catch(() => undefined)
  t.match(result, { outcome: /created|fits/ })
})

t.test('when the service stops, what waits for its turn is given back', async (t) => {
  const stopping = new AbortController()
  const tables = new FakeTables()
  tables.create = () => new Promise(() => {})
  const one = queueOf(tables, { stopping: stopping.signal })
  const answers = [one.fit(event({ a: 1 })), one.fit(event({ b: 1 }))]
  await turn()
  await turn()
  stopping.abort()
  one.giveUp()
  for (const answer of answers) await t.rejects(answer, { message: /service stops/ })
})

t.test('instances that race for columns and types end with all of them, whatever the order', async (t) => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = seededRandom(seed)
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    const all = [1, 2, 3, 4].map(() => queueOf(tables, { clock, cacheMs: 15_000 }))
    const asked: Promise<{ outcome: string }>[] = []
    for (let shape = 0; shape < 60; shape++) {
      const shared = `s${Math.floor(random() * 10)}`
      const fields = { [`f${shape}`]: shape, [shared]: random() < 0.5 ? 1 : 0.5 }
      asked.push(all[Math.floor(random() * 4)]!.fit(event(fields)))
      if (random() < 0.2) await turn()
    }
    const results = await Promise.all(asked)
    t.same(
      results.filter(({ outcome }) => outcome === 'refused'),
      [],
      `seed ${seed}`,
    )
    t.equal(names(tables).length, 70, `seed ${seed}`)
  }
})

/** mulberry32 */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
