// `npm run soak -- --events 1000000`: see soak.ts. Exit code 0 when every message had the end that is meant for it.
import { countOf, readArguments, refuse } from '../../scripts/arguments.ts'
import { openProgress } from '../../scripts/progress.ts'

const USAGE = `usage: npm run soak -- [--events N] [--rate N] [--seed N]
Sends N good events (default 20000) at a rate (default 2500 a second) through the pipeline, with one hostile message in a hundred
among them and an attacker at the gateway.
Example: npm run soak -- --events 1000000`

const { values } = readArguments({
  name: 'npm run soak',
  usage: USAGE,
  options: {
    events: { type: 'string', default: '20000' },
    rate: { type: 'string', default: '2500' },
    seed: { type: 'string', default: '1' },
  },
})

function numbers() {
  try {
    const { events, rate, seed } = values
    return {
      events: countOf('--events', events),
      rate: countOf('--rate', rate),
      seed: countOf('--seed', seed),
    }
  } catch (error) {
    return refuse('npm run soak', (error as Error).message)
  }
}

const checked = numbers()
const { runSoak } = await import('./soak.ts')
const progress = openProgress('starting the pipeline')
const result = await runSoak({
  ...checked,
  log: (line) => progress.say(`  ${line}`),
  progress: (what) => progress.at(what),
}).finally(() => progress.done())
console.log(`${result.events} good and ${result.hostile} hostile messages, ${result.seconds} s`)
console.log(
  `p50 ${Math.round(result.p50)} ms, p99 ${Math.round(result.p99)} ms from publish to SQL, of good events; ` +
    `p99 of each fifth: ${result.p99OfFifths.map(Math.round).join(', ')} ms`,
)
for (const { name, fifths } of result.memory)
  console.log(`${name}: ${fifths.join(', ')} MB RSS at most in each fifth`)
console.log(result.problems.length === 0 ? 'every message had its end' : 'NOT WELL')
for (const problem of result.problems) console.log(`  ${problem}`)
if (result.problems.length > 0) process.exitCode = 1
