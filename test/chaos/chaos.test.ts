import t from 'tap'
import { runChaos } from './chaos.ts'

/** `npm run commands` runs more. */
const EVENTS = 3000

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
    t.ok(result.faults >= 50, `${result.faults} faults`)
  },
)
