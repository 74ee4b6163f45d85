import t from 'tap'
import { Quarantine } from '../../src/apply/quarantine.ts'

t.test('a column is admitted when enough events asked for it, or the first one long enough ago', (t) => {
  const clock = { now: 0 }
  const quarantine = new Quarantine({ events: 3, minutes: 10 }, () => clock.now)
  t.equal(quarantine.admits('a'), false)
  quarantine.observe(['a', 'b'])
  quarantine.observe(['a'])
  t.equal(quarantine.admits('a'), false)
  quarantine.observe(['a'])
  t.equal(quarantine.admits('a'), true)
  t.equal(quarantine.admits('b'), false)
  clock.now = 600_000
  t.equal(quarantine.admits('b'), true)
  t.end()
})

t.test('a rule of events alone admits nothing by time', (t) => {
  const clock = { now: 0 }
  const quarantine = new Quarantine({ events: 2 }, () => clock.now)
  quarantine.observe(['a'])
  clock.now = 1e12
  t.equal(quarantine.admits('a'), false)
  t.end()
})
