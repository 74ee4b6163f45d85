import t from 'tap'
import { many } from '../long-tests.ts'
import { runChaos } from './chaos.ts'

/** `npm run commands` runs more. */
const EVENTS = many(3000, 1000)
const FAULTS = many(50, 20)

t.test(
  'under faults and kills every event has its one end, with every value',
  { timeout: 480_000 },
  async (t) => {
    // a new seed each time; what repeats it is told
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    // by default table-manager is asked for shapes; every third time it sees every event
    const tableRequests = seed % 3 === 0 ? 'events' : 'shapes'
    t.comment(`SEED=${seed} npx tap test/chaos/chaos.test.ts: table-manager sees ${tableRequests}`)
    const result = await runChaos({ seed, events: EVENTS, tableRequests, log: (line) => t.comment(line) })
    t.comment(`${result.faults} faults, ${result.kills} kills, ${result.seconds} s`)
    t.same(result.problems, [])
    t.ok(result.faults >= FAULTS, `${result.faults} faults`)
  },
)
