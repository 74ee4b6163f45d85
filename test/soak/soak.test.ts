import t from 'tap'
import { runSoak } from './soak.ts'

t.test(
  'among hostile messages, and with an attacker at the gateway, every message has the end that is meant for it',
  { timeout: 240_000 },
  async (t) => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
    t.comment(`SEED=${seed}`)
    const result = await runSoak({ seed, events: 8000, rate: 800, log: (line) => t.comment(line) })
    t.same(result.problems, [])
  },
)
