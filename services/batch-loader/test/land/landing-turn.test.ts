import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Workshop } from '../../src/google/storage.ts'
import { inLandingTurn } from '../../src/land/landing-turn.ts'

/** Objects in memory. */
function workshop(): Workshop {
  const objects = new Map<string, string>()
  return {
    uriOf: (name) => name,
    read: <T>(name: string) =>
      Promise.resolve(objects.has(name) ? (JSON.parse(objects.get(name)!) as T) : undefined),
    make: <T>(name: string, value: T) => {
      if (!objects.has(name)) objects.set(name, JSON.stringify(value))
      return Promise.resolve(JSON.parse(objects.get(name)!) as T)
    },
    put: (name, bytes) => Promise.resolve(void objects.set(name, bytes.toString())),
    bytesOf: (name) => Promise.resolve(Buffer.from(objects.get(name)!)),
    names: () => Promise.resolve(new Set(objects.keys())),
    remove: (names) => Promise.resolve(names.forEach((name) => objects.delete(name))),
    clear: () => Promise.resolve(objects.clear()),
  }
}

t.test('of many loads one lands at a time, and each does', async (t) => {
  const turns = workshop()
  let landing = 0
  let most = 0
  const all = Array.from({ length: 8 }, (_, number) =>
    inLandingTurn(turns, { owner: `load ${number}` }, async () => {
      most = Math.max(most, ++landing)
      await sleep(2)
      landing--
      return number
    }),
  )
  t.same(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6, 7])
  t.equal(most, 1)
  t.ok((await turns.names()).size <= 2, 'what is over is taken away')
})

t.test('who stood still since it looked does not land beside the one whose turn it is', async (t) => {
  const turns = workshop()
  await turns.make('turn-000001.json', { owner: 'gone', until: 0 })
  let goOn = () => {}
  const stall = new Promise<void>((resolve) => (goOn = resolve))
  let looked = () => {}
  const hasLooked = new Promise<void>((resolve) => (looked = resolve))
  const order: string[] = []
  const stalled: Workshop = {
    ...turns,
    async make(name, value) {
      looked()
      await stall
      return turns.make(name, value)
    },
  }
  const late = inLandingTurn(stalled, { owner: 'late' }, () => Promise.resolve(order.push('late')))
  await hasLooked
  for (const owner of ['a', 'b', 'c']) await inLandingTurn(turns, { owner }, () => Promise.resolve())
  await inLandingTurn(turns, { owner: 'holder' }, async () => {
    order.push('holder begins')
    goOn()
    await sleep(100)
    order.push('holder ends')
  })
  await late
  t.same(order, ['holder begins', 'holder ends', 'late'])
})

t.test(
  'a turn whose owner is gone ends, and one whose owner is there is longer than its lease',
  async (t) => {
    const turns = workshop()
    await turns.make('turn-000001.json', { owner: 'gone', until: Date.now() + 50 })
    const order: string[] = []
    const hasBegun = Promise.withResolvers<void>()
    const first = inLandingTurn(turns, { owner: 'a', leaseMs: 1000 }, async () => {
      order.push('a begins')
      hasBegun.resolve()
      await sleep(1500)
      order.push('a ends')
    })
    await hasBegun.promise
    await Promise.all([
      first,
      inLandingTurn(turns, { owner: 'b', leaseMs: 1000 }, () => Promise.resolve(order.push('b'))),
    ])
    t.same(order, ['a begins', 'a ends', 'b'])
  },
)

t.test(
  'a load that was killed in its turn goes on at once, and one that fails gives its turn back',
  async (t) => {
    const turns = workshop()
    await turns.make('turn-000001.json', { owner: 'load', until: Date.now() + 60_000 })
    await t.rejects(
      inLandingTurn(turns, { owner: 'load' }, () => Promise.reject(new Error('refused'))),
      { message: 'refused' },
    )
    t.equal(await inLandingTurn(turns, { owner: 'other' }, () => Promise.resolve(7)), 7)
  },
)

t.test('who waits for a turn hears of it once, and when it is over if nobody says it anew', async (t) => {
  const turns = workshop()
  const say = (until: number) =>
    turns.put('turn-000001.json', Buffer.from(JSON.stringify({ owner: 'other', until })))
  await say(Date.now() + 60_000)
  const told: number[] = []
  const onWait = (ms: number) => {
    told.push(ms)
    void say(0)
  }
  const take = () => inLandingTurn(turns, { owner: 'load', onWait }, () => Promise.resolve())
  await take()
  await take()
  t.equal(told.length, 1, 'a turn that is free is no waiting')
  t.ok(told[0]! > 0 && told[0]! < 59_000, `${told[0]} ms`)
})

t.test('what was done is not lost for a turn whose end cannot be said', async (t) => {
  const turns = workshop()
  const deaf: Workshop = { ...turns, put: () => Promise.reject(new Error('socket hang up')) }
  t.equal(await inLandingTurn(deaf, { owner: 'load' }, () => Promise.resolve(7)), 7)
})
