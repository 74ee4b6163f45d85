import t from 'tap'
import { Suspects } from '../../src/apply/suspects.ts'

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`)

/** Asks until all are taken or refused; each ask takes so long. */
function tell(all: readonly string[], isBad: (key: string) => boolean, askMs = 200) {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  const refused: { key: string; asks: number }[] = []
  let left = all
  let asks = 0
  while (left.length > 0) {
    const { fresh, suspected, wait } = suspects.next(left)
    const tried = fresh.length > 0 ? fresh : suspected
    if (tried.length === 0) {
      clock.now += wait!
      continue
    }
    asks++
    clock.now += askMs
    if (!tried.some(isBad)) {
      suspects.taken(tried)
      left = left.filter((key) => !tried.includes(key))
    } else if (suspects.refused(tried)) {
      refused.push({ key: tried[0]!, asks })
      left = left.filter((key) => key !== tried[0])
    }
  }
  return { refused, asks }
}

t.test('of a thousand the one that is refused is known after ten halves', (t) => {
  for (const bad of ['k0', 'k511', 'k999']) {
    const { refused, asks } = tell(names(1000), (key) => key === bad)
    t.same(
      refused.map(({ key }) => key),
      [bad],
    )
    t.ok(asks <= 22, `${asks} asks`)
  }
  t.end()
})

t.test('of a thousand that are refused the first is known after ten halves, all after an ask each', (t) => {
  const { refused, asks } = tell(names(1000), () => true)
  t.equal(refused.length, 1000)
  t.ok(refused[0]!.asks <= 12, `the first after ${refused[0]!.asks}`)
  t.ok(asks <= 1050, `${asks} asks`)
  t.end()
})

t.test('of a thousand of which every tenth is refused all are told apart', (t) => {
  const { refused, asks } = tell(names(1000), (key) => key.endsWith('7'))
  t.equal(refused.length, 100)
  t.ok(asks <= 800, `${asks} asks`)
  t.end()
})

t.test('one that is refused alone is asked for a second time, a second later', (t) => {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  t.equal(suspects.refused(['a']), false)
  t.match(suspects.next(['a']), { fresh: [], suspected: [], wait: 1000 })
  clock.now = 1000
  t.match(suspects.next(['a']), { suspected: ['a'], wait: 0 })
  t.equal(suspects.refused(['a']), true)
  t.end()
})

t.test('what is under suspicion is never tried with what nobody suspects, and not for ever', (t) => {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  suspects.refused(['a', 'b', 'c', 'd'])
  t.match(suspects.next(['a', 'c', 'x']), { fresh: ['x'], suspected: ['a'] })
  t.match(
    suspects.next(['c', 'x']),
    { fresh: ['x'], suspected: ['c'] },
    'what nobody asks for any more is left out',
  )
  clock.now = 5 * 60_000
  t.match(suspects.next(['a', 'c', 'x']), { fresh: ['a', 'c', 'x'], wait: undefined })
  t.end()
})

t.test('where one half is taken the other one is the one that was refused', (t) => {
  const suspects = new Suspects(() => 0)
  suspects.refused(['a', 'b', 'c', 'd'])
  suspects.taken(['a', 'b'])
  t.match(suspects.next(['c', 'd']), { suspected: ['c'] }, 'nobody has to ask for both')
  t.end()
})
