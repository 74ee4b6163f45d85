// `npm run soak -- --events 1000000`: see soak.ts. Exit code 0 when every message had the end that is meant for it.
import { parseArgs } from 'node:util'
import { runSoak } from './soak.ts'

const USAGE = `usage: npm run soak -- [--events N] [--rate N] [--seed N]
Sends N good events (default 20000) at a rate (default 2500 a second) through the pipeline, with one hostile message in a hundred
among them and an attacker at the gateway. Example: npm run soak -- --events 1000000`

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rate: { type: 'string', default: '2500' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) console.log(USAGE)
else {
  const numbers = { events: Number(values.events), rate: Number(values.rate), seed: Number(values.seed) }
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Error(`--${name} is a whole number from 1, but is ${value}`)
  }
  const result = await runSoak({ ...numbers, log: (line) => console.log(`  ${line}`) })
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
}
