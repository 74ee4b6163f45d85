import t from 'tap'
import { Trouble } from '../../src/apply/trouble.ts'

const quota = Object.assign(new Error('too many'), { code: 403, errors: [{ reason: 'rateLimitExceeded' }] })

t.test(
  'failures are waited for longer and longer, eight of them, and from the beginning after a change',
  (t) => {
    const trouble = new Trouble()
    const waits = Array.from({ length: 7 }, () => trouble.waitAfterFailure(new Error('down'))!)
    t.ok(waits[0]! <= 50 && waits[6]! >= 1000, waits.join(', '))
    t.equal(trouble.waitAfterFailure(new Error('down')), undefined)
    trouble.isOver()
    t.ok(trouble.waitAfterFailure(new Error('down'))! <= 50)
    t.end()
  },
)

t.test('a quota that is used up comes back: nobody gives up for it', (t) => {
  const trouble = new Trouble()
  const waits = Array.from({ length: 30 }, () => trouble.waitAfterFailure(quota)!)
  t.ok(
    waits.every((wait) => wait >= 500 && wait <= 10_000),
    waits.join(', '),
  )
  t.end()
})

t.test('who loses a race reads again soon, and later and later where he goes on losing', (t) => {
  const trouble = new Trouble()
  const waits = Array.from({ length: 10 }, () => trouble.waitAfterLoss())
  t.ok(waits[0]! <= 25 && waits[9]! <= 4000 && waits[9]! >= 2000, waits.join(', '))
  t.end()
})
