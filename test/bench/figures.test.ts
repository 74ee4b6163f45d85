import t from 'tap'
import { alone, compare, figuresOf } from './figures.ts'

const printed = (rate: number, cost: number) => `
60000 orders through the whole pipeline, every service in its own process:
   ${rate} events/s from generator to table, the last one included
    ${cost} µs CPU an event    ${(cost / 4).toFixed(1)} × JSON.parse  event-generator
       0 answers that were not 200
       ? events/s of CPU
`

t.test('a line of a bench is a figure by its words, whatever other numbers stand in it', (t) => {
  t.same(figuresOf(printed(24_440, 24.3)).slice(1), [
    { what: 'events/s from generator to table, the last one included', value: 24_440 },
    { what: 'µs CPU an event … × JSON.parse event-generator', value: 24.3 },
    { what: 'answers that were not …', value: 0 },
  ])
  t.same(figuresOf('  1,234 rows a second\n  5 rows a second'), [
    { what: 'rows a second', value: 1234 },
    { what: 'rows a second (2)', value: 5 },
  ])
  t.end()
})

t.test(
  'fewer microseconds and more events are faster, turn by turn, and the median of the turns counts',
  (t) => {
    const [, rate, cost, answers] = compare([
      { old: printed(20_000, 20), new: printed(30_000, 10) },
      { old: printed(10_000, 40), new: printed(9_000, 44) },
      { old: printed(10_000, 40), new: printed(9_000, 44) },
    ])
    t.match(rate, { old: 10_000, new: 9_000, ratio: 0.9, least: 0.9, most: 1.5, verdict: 'slower' })
    t.match(cost, { old: 40, new: 44, most: 2, verdict: 'slower' })
    t.equal(answers!.verdict, 'unknown')
    t.end()
  },
)

t.test('what differs by a twentieth is equal, and what came to nothing is no verdict', (t) => {
  const [, rate] = compare([{ old: printed(10_000, 1), new: printed(10_400, 1) }])
  t.equal(rate!.verdict, 'equal')
  t.equal(compare([{ old: '0 ms p99', new: '0 ms p99' }])[0]!.verdict, 'unknown')
  t.end()
})

t.test('a figure that one of them lacks is named, and compared with nothing', (t) => {
  const older = '10 requests/s of a bare route'
  const newer = `${older}\n 7 events/s landed`
  t.equal(compare([{ old: older, new: newer }]).length, 1)
  t.same(alone(newer, older), ['events/s landed'])
  t.same(alone(older, newer), [])
  t.end()
})
