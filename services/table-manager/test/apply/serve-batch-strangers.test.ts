import t from 'tap'
import type { ChangeRequest } from '../../src/table-change.ts'
import { event } from '../queue/queue-of.ts'
import { simulate, type Arrival, type End } from './strangers.ts'

const LASTS_MS = 100_000
const GOOD_EVERY_MS = 5000

type Whose = Pick<ChangeRequest, 'caller' | 'source'>

interface Stream {
  /** A second. */
  readonly events: number
  /** Of each, all of them refused. */
  readonly columns: number
  readonly bad: (n: number) => Whose
  readonly good: Whose
}

/** Events with columns that are refused, and a good event every five seconds. */
function stream({ events, columns, bad, good }: Stream) {
  const all: Arrival[] = []
  for (let n = 0; n < (events * LASTS_MS) / 1000; n++) {
    const fields = Array.from({ length: columns }, (_, column) => [`bad_${n}_${column}`, 1])
    all.push({ at: (n * 1000) / events, request: { ...event(Object.fromEntries(fields)), ...bad(n) } })
  }
  const goods = Array.from({ length: LASTS_MS / GOOD_EVERY_MS - 6 }, (_, n): Arrival => ({
    at: 2500 + n * GOOD_EVERY_MS,
    request: { ...event({ [`good_${n}`]: 1 }), ...good },
  }))
  return { all: [...all, ...goods], goods: goods.map(({ request }) => request) }
}

const timesOf = (ends: readonly (End | undefined)[]) =>
  ends.map((end) => end?.afterMs ?? Number.POSITIVE_INFINITY).toSorted((one, other) => one - other)

const ONE_CALLER = {
  name: 'a caller with sources that it makes up',
  bad: (n: number) => ({ caller: 'bad', source: `bad /${n}` }),
  good: { caller: 'good', source: 'good /' },
}
const ONE_SOURCE = {
  name: 'a source of no caller',
  bad: () => ({ caller: '', source: '/bad' }),
  good: { caller: '', source: '/good' },
}
for (const who of [ONE_CALLER, ONE_SOURCE])
  for (const [events, columns, askMs] of [
    [1, 1, 1000],
    [3, 1, 1000],
    [3, 1, 400],
    [3, 30, 1000],
    [50, 1, 200],
  ] as const)
    t.test(
      `${events} events a second of ${who.name}, with ${columns} refused columns, an ask of ${askMs} ms: each good one has its column`,
      async (t) => {
        const { all, goods } = stream({ events, columns, ...who })
        const { ends, mostWaiting } = await simulate(all, { changeMs: askMs, isPartitioned: true }, LASTS_MS)
        const good = goods.map((request) => ends.get(request))
        const times = timesOf(good)
        t.comment(`ms ${times.join(' ')}; ${mostWaiting} wait at most`)
        t.same(new Set(good.map((end) => end?.outcome)), new Set(['altered']))
        t.ok(times[7]! <= 2000, `half of them within ${times[7]} ms`)
        t.ok(times.at(-1)! <= 12_000, `all within ${times.at(-1)} ms`)
        t.ok(
          mostWaiting <= 160,
          `${mostWaiting}: 40, and those who come, again too, while one ask is under way`,
        )
      },
    )

t.test(
  'a source of no caller among sources that are made up: its columns come soon once one was taken',
  async (t) => {
    const { all, goods } = stream({
      events: 3,
      columns: 1,
      bad: (n) => ({ caller: '', source: `/bad/${n}` }),
      good: { caller: '', source: '/good' },
    })
    const { ends } = await simulate(all, { changeMs: 1000, isPartitioned: true }, LASTS_MS)
    const times = timesOf(goods.map((request) => ends.get(request)))
    t.comment(`ms ${times.join(' ')}`)
    t.ok(times[4]! <= 4000, `a third of them within ${times[4]} ms`)
  },
)

t.test('a table of which BigQuery takes five changes in ten seconds, refused ones included', async (t) => {
  const { all, goods } = stream({ events: 3, columns: 1, ...ONE_CALLER })
  const { ends } = await simulate(all, { changeMs: 200, isPartitioned: false }, LASTS_MS)
  const times = timesOf(goods.map((request) => ends.get(request)))
  t.comment(`ms ${times.join(' ')}`)
  t.ok(times[9]! <= 5000, `most of them within ${times[9]} ms`)
  t.ok(times.at(-1)! <= 25_000, `all within ${times.at(-1)} ms`)
})

t.test('good and refused columns of one source: its good ones come, late', async (t) => {
  const one = { bad: () => ({ caller: '', source: '' }), good: { caller: '', source: '' } }
  const { all, goods } = stream({ events: 3, columns: 1, ...one })
  const { ends } = await simulate(all, { changeMs: 200, isPartitioned: true }, LASTS_MS)
  const times = timesOf(goods.map((request) => ends.get(request)))
  t.comment(`ms ${times.join(' ')}`)
  t.ok(times.at(-1)! <= 25_000, `all within ${times.at(-1)} ms`)
})

t.test('one event with a thousand refused columns beside a good one', async (t) => {
  for (const good of [
    { caller: '', source: '' },
    { caller: 'other', source: '' },
  ]) {
    const fields = Array.from({ length: 1000 }, (_, n) => [`bad${n}`, 1])
    const bad = event(Object.fromEntries(fields))
    const other = { ...event({ good: 1 }), ...good }
    const all = [bad, other].map((request) => ({ at: 1000, request }))
    const { ends } = await simulate(all, { changeMs: 1000, isPartitioned: true }, LASTS_MS)
    t.match(ends.get(other), { outcome: 'altered', deliveries: 1 })
    t.ok(ends.get(other)!.asks <= 4)
  }
})
