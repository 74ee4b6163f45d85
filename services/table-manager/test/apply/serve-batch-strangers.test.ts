import t from 'tap'
import { event } from '../queue/queue-of.ts'
import { simulate, type Arrival, type End } from './strangers.ts'

const LASTS_MS = 100_000
const GOOD_EVERY_MS = 5000

/** So many events a second with so many columns each that are refused, and a good event every five seconds. */
function stream({
  events,
  columns,
  sources,
}: {
  events: number
  columns: number
  sources: readonly [string, string]
}) {
  const [bad, good] = sources
  const all: Arrival[] = []
  for (let n = 0; n < (events * LASTS_MS) / 1000; n++) {
    const fields = Array.from({ length: columns }, (_, column) => [`bad_${n}_${column}`, 1])
    const request = { ...event(Object.fromEntries(fields)), source: bad }
    all.push({ at: (n * 1000) / events, request })
  }
  const goods = Array.from({ length: LASTS_MS / GOOD_EVERY_MS - 6 }, (_, n): Arrival => ({
    at: 2500 + n * GOOD_EVERY_MS,
    request: { ...event({ [`good_${n}`]: 1 }), source: good },
  }))
  return { all: [...all, ...goods], goods: goods.map(({ request }) => request) }
}

const most = (ends: readonly (End | undefined)[], what: 'asks' | 'afterMs' | 'deliveries') =>
  Math.max(...ends.map((end) => end?.[what] ?? Number.POSITIVE_INFINITY))

for (const [columns, sources, changeMs, asks] of [
  [1, ['/bad', '/good'], 1000, 5],
  [3, ['/bad', '/good'], 1000, 5],
  [1, ['', ''], 400, 40],
  [3, ['', ''], 400, 40],
] as const)
  t.test(
    `each second an event with ${columns} refused columns, of ${sources[0] || 'the same source'}: each good one has its column`,
    async (t) => {
      const { all, goods } = stream({ events: 1, columns, sources })
      const { ends, mostIn10s } = await simulate(all, { changeMs, isPartitioned: true }, LASTS_MS)
      const good = goods.map((request) => ends.get(request))
      t.comment(
        `asks ${most(good, 'asks')}, ms ${most(good, 'afterMs')}, deliveries ${most(good, 'deliveries')}, ${mostIn10s} in 10 s`,
      )
      t.same(new Set(good.map((end) => end?.outcome)), new Set(['altered']))
      t.ok(most(good, 'asks') <= asks, `after ${most(good, 'asks')} asks at most`)
      t.equal(most(good, 'deliveries'), 1)
      t.ok(mostIn10s <= 45)
    },
  )

t.test('one event with a thousand refused columns beside a good one', async (t) => {
  for (const source of ['', '/other']) {
    const fields = Array.from({ length: 1000 }, (_, n) => [`bad${n}`, 1])
    const bad = { ...event(Object.fromEntries(fields)), source: '' }
    const good = { ...event({ good: 1 }), source }
    const all = [bad, good].map((request) => ({ at: 1000, request }))
    const { ends, mostIn10s } = await simulate(all, { changeMs: 1000, isPartitioned: true }, 6 * LASTS_MS)
    t.comment(JSON.stringify([ends.get(good), ends.get(bad), mostIn10s]))
    t.match(ends.get(good), { outcome: 'altered', deliveries: 1 })
    t.ok(ends.get(good)!.asks <= 5)
    t.match(ends.get(bad), { outcome: 'refused' })
    t.ok(ends.get(bad)!.asks <= 100)
  }
})
