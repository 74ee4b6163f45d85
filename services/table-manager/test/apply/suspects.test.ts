import t from 'tap'
import { Suspects, type Path } from '../../src/apply/suspects.ts'

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`)
const path = (event: string, column = event, [caller, source] = ['', '']): Path => [
  caller,
  source,
  event,
  column,
]

/** Asks until all are taken or refused. */
function tell(all: readonly Path[], isBad: (key: string) => boolean) {
  const suspects = new Suspects(() => 0)
  const refused = new Map<string, number>()
  const taken = new Map<string, number>()
  for (let asks = 1; ; asks++) {
    const left = all.filter(([, , , column]) => !refused.has(column) && !taken.has(column))
    if (left.length === 0) return { refused, taken, asks: asks - 1 }
    const asked = suspects.next(left)
    const columns = asked.map(([, , , column]) => column)
    if (columns.some(isBad)) {
      suspects.refused(asked)
      if (columns.length === 1) refused.set(columns[0]!, asks)
    } else {
      suspects.taken(asked)
      for (const column of columns) taken.set(column, asks)
    }
  }
}

t.test(
  'of a thousand columns of one event, or of a thousand events, the one that is refused is known after some asks',
  (t) => {
    for (const all of [names(1000).map((key) => path('e', key)), names(1000).map((key) => path(key))])
      for (const bad of ['k0', 'k511', 'k999']) {
        const { refused, taken, asks } = tell(all, (key) => key === bad)
        t.same([...refused.keys()], [bad])
        t.equal(taken.size, 999)
        t.ok(asks <= 40, `${asks} asks`)
      }
    t.end()
  },
)

t.test('of a thousand events of which every tenth is refused all are told apart', (t) => {
  const { refused, taken, asks } = tell(
    names(1000).map((key) => path(key)),
    (key) => key.endsWith('7'),
  )
  t.equal(refused.size, 100)
  t.equal(taken.size, 900)
  t.ok(asks <= 1200, `${asks} asks`)
  t.end()
})

t.test('where all are refused each is asked for once, but for some', (t) => {
  const { refused, asks } = tell(
    names(1000).map((key) => path(key)),
    () => true,
  )
  t.equal(refused.size, 1000)
  t.ok(asks <= 1010, `${asks} asks`)
  t.end()
})

t.test('whose columns are taken waits for few asks, whatever others ask for', (t) => {
  const bad = names(60).flatMap((id) => names(30).map((key) => path(id, `bad ${id} ${key}`, ['bad', id])))
  const { taken } = tell([path('good', 'good', ['good', '']), ...bad], (key) => key.startsWith('bad'))
  t.ok(taken.get('good')! <= 4, `after ${taken.get('good')} asks`)
  t.end()
})

t.test('nobody is under suspicion for ever', (t) => {
  const clock = { now: 0 }
  const suspects = new Suspects(() => clock.now)
  t.equal(suspects.isIdle, true)
  suspects.refused([path('a'), path('b')])
  t.equal(suspects.isIdle, false)
  clock.now = 5 * 60_000
  t.equal(suspects.isIdle, true)
  t.same(suspects.next([path('a'), path('b')]).length, 2)
  t.end()
})

t.test(
  'a caller under suspicion has few that wait, the latest of them, and any number of a source that is trusted',
  (t) => {
    const clock = { now: 0 }
    const suspects = new Suspects(() => clock.now)
    const waiting = (source: string) =>
      names(100).map((id) => ({ path: path(id, '', ['c', source]), since: 0 }))
    suspects.refused([path('x', 'x', ['c', 'bad'])])
    suspects.taken([path('y', 'y', ['c', 'good'])])
    const others = names(100).map((id) => ({ path: path(id, '', ['other', '']), since: 0 }))
    const all = [...others, ...waiting('good'), ...waiting('new'), ...waiting('bad')]
    const left = () => {
      const surplus = new Set(suspects.surplus(all))
      return all
        .filter((one) => !surplus.has(one))
        .map(({ path: [caller, source, id] }) => [caller, source, id].join(' '))
    }
    t.equal(left().length, 240)
    clock.now = 2000
    t.same(
      left().slice(200),
      names(100)
        .slice(80)
        .map((id) => `c new ${id}`),
    )
    t.end()
  },
)

t.test('very many suspects are not all remembered', (t) => {
  const suspects = new Suspects(() => 0)
  const pathOf = (n: number) => path('e', 'k', [`c${n}`, ''])
  for (let n = 0; n < 1001; n++) suspects.refused([pathOf(n)])
  // those that are remembered ask apart
  t.equal(suspects.next([pathOf(0), pathOf(1)])[0]![0], 'c0')
  t.end()
})
