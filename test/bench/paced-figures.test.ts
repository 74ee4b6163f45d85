import t from 'tap'
import { verdictOf, type Paced } from './paced-figures.ts'

const COUNTS = [1, 2, 4, 8]
const round = (costs: readonly number[], busyCores = 1): readonly Paced[] =>
  COUNTS.map((writers, place) => ({
    writers,
    cost: costs[place]!,
    byWriter: Array.from({ length: writers }, () => 100),
    busyCores,
  }))
const fine = [30, 31, 32, 33]
const five = (each: readonly Paced[]) => Array.from({ length: 5 }, () => each)
const last = (rounds: readonly (readonly Paced[])[]) => verdictOf(rounds, 2).lines.at(-1)!.join(' ')

t.test('the median of the rounds decides, beside one writer in the same round', (t) => {
  t.equal(verdictOf(five(round(fine)), 2).isMet, true)
  t.match(last(five(round(fine))), '0.91 × one writer')
  t.equal(verdictOf([...five(round(fine)), round([30, 31, 32, 90])], 2).isMet, true, 'one round is none')
  t.equal(verdictOf(five(round([30, 31, 32, 36])), 2).isMet, false)
  t.match(last(five(round([30, 31, 32, 36]))), 'NOT within 15 %')
  t.end()
})

t.test('where the machine cannot tell, it says why, and judges nothing', (t) => {
  t.match(last(five(round(fine, 1.6))), /not measurable on 2 cores: 1\.60 of them were busy, and above 1\.50/)
  const apart = [...five(round(fine)), round([36, 37, 38, 39])]
  t.match(last(apart), /not measurable on 2 cores: one writer alone differs by 20 % from round to round/)
  t.match(last([round(fine)]), /not measurable on 2 cores: a verdict takes 5 rounds, and there were 1/)
  for (const rounds of [five(round(fine, 1.6)), apart, [round(fine)]])
    t.equal(verdictOf(rounds, 2).isMet, undefined)
  t.end()
})

t.test('what each writer wrote is told', (t) => {
  const told = verdictOf(five(round(fine)), 2).lines.map((line) => line.join(' '))
  t.match(told[7], '8 of them wrote, in the last round 100 100 100 100 100 100 100 100 events')
  t.match(told[0], '33333 events/s of CPU  1 writer at once, 30.0 µs an event (30.0 to 30.0)')
  t.end()
})
