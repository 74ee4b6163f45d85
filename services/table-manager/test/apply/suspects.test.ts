import t from 'tap'
import { Suspects, type Asking } from '../../src/apply/suspects.ts'

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`)
const asking = (id: string, keys: readonly string[] = [id], source = ''): Asking => ({ id, source, keys })

/** Asks until all are taken or refused; each ask takes so long. */
function tell(all: readonly Asking[], isBad: (key: string) => boolean, askMs = 200) {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  const refused = new Map<string, number>()
  const taken = new Map<string, number>()
  let asks = 0
  for (;;) {
    const left = all
      .map((one) => ({ ...one, keys: one.keys.filter((key) => !refused.has(key) && !taken.has(key)) }))
      .filter(({ id, keys }) => keys.length > 0 && !suspects.isDismissed(id))
    if (left.length === 0) return { refused, taken, asks }
    const trial = suspects.next(left)
    if (typeof trial === 'number') {
      clock.now += trial
      continue
    }
    asks++
    clock.now += askMs
    const keys =
      trial.keys ?? trial.askings.flatMap((one) => one.keys).filter((key) => !suspects.isApart(key))
    if (keys.some(isBad)) {
      const certain = suspects.refused(trial, keys)
      if (certain !== undefined) refused.set(certain, asks)
    } else {
      suspects.taken(trial, keys)
      for (const key of keys) taken.set(key, asks)
    }
  }
}

t.test('of a thousand columns of one event the one that is refused is known after some twenty asks', (t) => {
  for (const bad of ['k0', 'k511', 'k999']) {
    const { refused, asks } = tell([asking('e', names(1000))], (key) => key === bad)
    t.same([...refused.keys()], [bad])
    t.ok(asks <= 30, `${asks} asks`)
  }
  t.end()
})

t.test('of a thousand events the one that is refused is known after some twenty asks', (t) => {
  for (const bad of ['k0', 'k511', 'k999']) {
    const { refused, taken, asks } = tell(
      names(1000).map((id) => asking(id)),
      (key) => key === bad,
    )
    t.same([...refused.keys()], [bad])
    t.equal(taken.size, 999)
    t.ok(asks <= 40, `${asks} asks`)
  }
  t.end()
})

t.test('of a thousand events of which every tenth is refused all are told apart', (t) => {
  const { refused, taken, asks } = tell(
    names(1000).map((id) => asking(id)),
    (key) => key.endsWith('7'),
  )
  t.equal(refused.size, 100)
  t.equal(taken.size, 900)
  t.ok(asks <= 1000, `${asks} asks`)
  t.end()
})

t.test(
  'of a thousand columns of one event that are all refused twenty are told apart; then it is refused as a whole',
  (t) => {
    const { refused, asks } = tell([asking('e', names(1000))], () => true)
    t.equal(refused.size, 20)
    t.ok(asks <= 60, `${asks} asks`)
    t.end()
  },
)

t.test('an event waits for few asks, whatever those ask for who came with it', (t) => {
  for (const source of ['', 'other']) {
    const strangers = names(60).map((id) =>
      asking(
        id,
        names(30).map((key) => `bad ${id} ${key}`),
      ),
    )
    const { taken } = tell([...strangers, asking('good', ['good'], source)], (key) => key.startsWith('bad'))
    t.ok(taken.get('good')! <= (source === '' ? 125 : 14), `after ${taken.get('good')} asks`)
  }
  t.end()
})

t.test('what is refused alone is asked for a second time, a second later, and alone', (t) => {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  const all = [asking('a')]
  t.equal(suspects.refused({ way: 'fresh', askings: all }, ['a']), undefined)
  t.equal(suspects.isApart('a'), true)
  t.equal(suspects.next(all), 1000)
  t.match(suspects.next([...all, asking('x', ['x', 'a'], 'other')]), { askings: [{ id: 'x', keys: ['x'] }] })
  clock.now = 1000
  const again = suspects.next(all)
  t.match(again, { way: 'again', keys: ['a'] })
  t.equal(typeof again === 'object' && suspects.refused(again, ['a']), 'a')
  t.end()
})

t.test('nothing is under suspicion for ever', (t) => {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  t.equal(suspects.isIdle, true)
  suspects.refused({ way: 'fresh', askings: [asking('a'), asking('b')] }, ['a', 'b'])
  t.equal(suspects.isIdle, false)
  suspects.refused({ way: 'fresh', askings: [asking('a')] }, ['a'])
  t.equal(suspects.isGuilty('a'), true)
  clock.now = 5 * 60_000
  t.equal(suspects.isIdle, true)
  t.equal(suspects.isGuilty('a'), false)
  t.end()
})

t.test('very many sources, events and columns are not all remembered', (t) => {
  const suspects = new Suspects(() => 0)
  for (let n = 0; n < 1001; n++) {
    const askings = [asking(`e${n}`, [`k${n}`], `s${n}`)]
    suspects.refused({ way: 'fresh', askings }, [`k${n}`])
  }
  t.equal(suspects.isGuilty('e0'), false)
  t.equal(suspects.isGuilty('e1'), true)
  t.equal(suspects.isApart('k0'), false)
  t.end()
})
