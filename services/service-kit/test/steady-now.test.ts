import t from 'tap'
import { createSteadyClock } from '../src/steady-now.ts'

const HOUR = 3_600_000

t.test('a clock that is set back tells no hour twice, and goes on as time does', (t) => {
  const machine = { wall: 10 * HOUR, running: 0 }
  const steady = createSteadyClock({ wall: () => machine.wall, running: () => machine.running })
  const pass = (ms: number, set = 0) => {
    machine.wall += ms + set
    machine.running += ms
    return steady() - 10 * HOUR
  }
  t.equal(steady(), 10 * HOUR)
  t.equal(pass(5), 5)
  t.equal(pass(2000, -HOUR), 2005)
  t.equal(pass(1000), 3005)
  t.equal(pass(0, -1), 3005)
  t.equal(pass(HOUR), 3005 + HOUR)
  t.end()
})

t.test('where the machine slept it goes forward', (t) => {
  const machine = { wall: 0, running: 0 }
  const steady = createSteadyClock({ wall: () => machine.wall, running: () => machine.running })
  machine.wall = HOUR
  t.equal(steady(), HOUR)
  t.end()
})
