import t from 'tap'
import { costBetween, line } from './measure.ts'

t.test('an event costs what was done between two readings', (t) => {
  t.equal(costBetween({ events: 1000, cpu: 2e6 }, { events: 3000, cpu: 2.1e6 }), 50)
  t.end()
})

t.test('what is too little for the clock is no figure: not nothing, and not without end', (t) => {
  const start = { events: 7900, cpu: 1e6 }
  for (const [end, what] of [
    [{ events: 8000, cpu: 1e6 }, 'events that were counted before the CPU that they took'],
    [{ events: 8000, cpu: 1.01e6 }, 'one tick'],
    [{ events: 7900, cpu: 2e6 }, 'no event'],
    [{ events: 8000, cpu: Number.NaN }, 'a process that is gone'],
  ] as const)
    t.ok(Number.isNaN(costBetween(start, end)), what)
  t.end()
})

t.test('a figure that there is not is printed as a question mark', (t) => {
  const printed = t.capture(console, 'log')
  line((10 / Number.NaN).toFixed(1), `× JSON.parse (${(1 / 0).toFixed(1)} µs)`)
  line('1.5', '× JSON.parse')
  t.same(
    printed().map(({ args }) => args[0] as string),
    ['       ? × JSON.parse (? µs)', '     1.5 × JSON.parse'],
  )
  t.end()
})
