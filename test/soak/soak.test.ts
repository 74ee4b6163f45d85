import t from 'tap'
import { many } from '../long-tests.ts'
import { PATTERN_NAMES } from './hostile.ts'
import { runSoak } from './soak.ts'

const EVENTS = many(2500, 1250)
/** Enough that each pattern comes at least once. */
const HOSTILE = 63

t.test(
  'good events among every hostile pattern, with an attacker at the gateway: each message has the end that is meant for it',
  { timeout: 480_000 },
  async (t) => {
    // a new seed each time; it is told, so that a failure can be repeated with npm run soak
    const seed = Number(process.env['SEED'] ?? (Date.now() % 1_000_000) + 1)
    t.comment(`SEED=${seed}`)
    const result = await runSoak({
      seed,
      events: EVENTS,
      rate: 250,
      hostilePart: HOSTILE / EVENTS,
      log: (line) => t.comment(line),
    })
    t.comment(`${result.hostile} hostile messages, ${result.seconds} s`)
    t.same(result.problems, [])
    t.same([...result.patterns].toSorted(), PATTERN_NAMES.toSorted(), 'every pattern was there')
  },
)
