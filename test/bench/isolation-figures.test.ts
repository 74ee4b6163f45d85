import t from 'tap'
import { ratioOf, roundOf, type Round } from './isolation-figures.ts'

const asked = (number: number, isGood: boolean, answered: number | undefined) => ({
  number,
  isGood,
  due: 1000 * number,
  sent: 1000 * number + 1,
  answered,
})

t.test('of the same requests the gateway’s clock, the caller’s and its lateness are told apart', (t) => {
  const round = roundOf([asked(0, true, 9), asked(1, false, 1007), asked(2, false, undefined)], {
    loopLate: 3,
    longestTurn: 4,
    stopped: 2,
    longestStop: 1,
    requests: [
      [0, 2, 5],
      [1, 1002, 1004],
      [2, 2002, 2003],
    ],
  })
  t.same(round, {
    asked: 3,
    failures: 1,
    own: 3,
    inside: 2,
    published: 4,
    seen: 7,
    callerLate: 5,
    loopLate: 3,
    stopped: 2,
    longestStop: 1,
  })
  t.end()
})

t.test('a round in which nothing was answered has no figures', (t) => {
  const round = roundOf([asked(0, true, undefined)], {
    loopLate: 0,
    longestTurn: 0,
    stopped: 0,
    longestStop: 0,
    requests: [],
  })
  t.match(round, { asked: 1, failures: 1 })
  t.ok(Number.isNaN(round.own))
  t.end()
})

t.test('a ratio is that of each round, and the one in the middle is told', (t) => {
  const rounds = (...own: number[]) => own.map((figure) => ({ own: figure }) as Round)
  const own = ({ own: figure }: Round) => figure
  t.same(ratioOf(rounds(1, 2, 4), rounds(3, 2, 8), own), {
    median: 2,
    least: 1,
    most: 3,
    alone: 2,
    beside: 3,
  })
  t.equal(ratioOf(rounds(1, 1), rounds(1, 2), own).median, 1.5)
  t.end()
})
