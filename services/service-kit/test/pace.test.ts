import t from 'tap'
import { Pace } from '../src/pace.ts'

t.test('turns come at their pace, a second of them at once after a rest', async (t) => {
  const pace = new Pace(100)
  const since = performance.now()
  const times: number[] = []
  await Promise.all(
    Array.from({ length: 130 }, () =>
      pace.turn({ urgent: true }).then(() => times.push(performance.now() - since)),
    ),
  )
  t.ok(times.at(-1)! >= 290, `the last came after ${times.at(-1)} ms`)
})

t.test('the urgent go first', async (t) => {
  const clock = { now: 0 }
  const pace = new Pace(50, () => clock.now)
  for (let turn = 0; turn < 51; turn++) void pace.turn({ urgent: true })
  const order: string[] = []
  const all = [
    pace.turn({ urgent: false }).then(() => order.push('view')),
    pace.turn({ urgent: true }).then(() => order.push('table')),
  ]
  clock.now += 1000
  await Promise.all(all)
  t.same(order, ['table', 'view'])
})

t.test('those who ask for much do not keep others from their turn', async (t) => {
  const clock = { now: 0 }
  const pace = new Pace(50, () => clock.now)
  for (let turn = 0; turn < 50; turn++) void pace.turn({ urgent: true })
  const order: string[] = []
  const turn = (source: string) => pace.turn({ urgent: true, source }).then(() => order.push(source))
  const all = [...Array.from({ length: 9 }, () => turn('greedy')), turn('other')]
  clock.now += 1000
  await Promise.all(all)
  t.equal(order.indexOf('other'), 1)
})

t.test('more turns may come at once than in a second, and what takes several costs as many', async (t) => {
  const clock = { now: 0 }
  const pace = new Pace(10, () => clock.now, 40)
  const take = () => {
    let taken = 0
    while (pace.take({ urgent: true })) taken++
    return taken
  }
  t.equal(take(), 40)
  pace.spend(20)
  clock.now += 2500
  t.equal(take(), 5)
  clock.now += 60_000
  t.equal(take(), 40)
})

t.test('what nobody waits for comes late, and not never, and counts apart', async (t) => {
  const clock = { now: 0 }
  const pace = new Pace(100, () => clock.now)
  for (let taken = 0; taken < 100; taken++) pace.take({ urgent: taken > 0 })
  const order: boolean[] = []
  const turn = (urgent: boolean) => pace.turn({ urgent, source: 'me /mine' }).then(() => order.push(urgent))
  const all = Array.from({ length: 60 }, (_, n) => turn(n > 2))
  t.same(pace.waiting({ urgent: false, source: 'me /any' }), { all: 3, party: 3 })
  t.same(pace.waiting({ urgent: true, source: 'you' }), { all: 57, party: 0 })
  t.equal(pace.take({ urgent: true }), false)
  clock.now += 1000
  await Promise.all(all)
  const others = order.flatMap((urgent, place) => (urgent ? [] : [place]))
  t.same(others, [19, 39, 59])
  clock.now += 1000
  t.equal(pace.take({ urgent: false }), true)
})

t.test('a clock that goes back costs no turns', (t) => {
  const clock = { now: 3_600_000 }
  const pace = new Pace(10, () => clock.now)
  while (pace.take({ urgent: true }));
  clock.now = 0
  t.notOk(pace.isFree)
  clock.now += 100
  t.ok(pace.take({ urgent: true }))
  t.end()
})
