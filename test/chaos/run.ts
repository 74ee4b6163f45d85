// `npm run chaos -- --seed 1 --events 200000`: see chaos.ts. Exit code 0 when every event had its one end.
import { countOf, readArguments, refuse } from '../../scripts/arguments.ts'
import { openProgress } from '../../scripts/progress.ts'
import { faultNames } from './faults.ts'

const NAME = 'npm run chaos'
const USAGE = `usage: npm run chaos -- [--seed N]... [--events N] [--only FAULT]... [--no-kills] [--requests shapes|events]
default: seed 1, 20000 events, every fault, kills. FAULT is a fault point or one of its kinds: pubsub.ack, storage.append:drop;
'none' leaves the kills alone. So it is found out which fault does what.
--requests: what table-manager sees, shapes (as by default) or events.
Example: npm run chaos -- --seed 7 --events 6000 --only storage.append`

const { values } = readArguments({
  name: NAME,
  usage: USAGE,
  options: {
    seed: { type: 'string', multiple: true, default: ['1'] },
    events: { type: 'string', default: '20000' },
    only: { type: 'string', multiple: true },
    'no-kills': { type: 'boolean', default: false },
    requests: { type: 'string', default: 'shapes' },
  },
})

function numbers() {
  try {
    return {
      seeds: values.seed.map((text) => countOf('--seed', text)),
      events: countOf('--events', values.events),
    }
  } catch (error) {
    return refuse(NAME, (error as Error).message)
  }
}

const { seeds, events } = numbers()
const unknown = values.only?.find((fault) => fault !== 'none' && !faultNames().has(fault))
if (unknown !== undefined)
  refuse(NAME, `there is no fault ${unknown}. The faults are none, ${[...faultNames()].join(', ')}`)
const { requests } = values
if (requests !== 'shapes' && requests !== 'events')
  refuse(NAME, `--requests is shapes or events, and not "${requests}"`)
const { runChaos } = await import('./chaos.ts')
for (const seed of seeds) {
  console.log(`seed ${seed}`)
  const progress = openProgress('starting the pipeline')
  const result = await runChaos({
    seed,
    events,
    only: values.only,
    kill: !values['no-kills'],
    tableRequests: requests,
    log: (line) => progress.say(`  ${line}`),
    progress: (what) => progress.at(what),
  }).finally(() => progress.done())
  const { accounts } = result.ledger
  const sum = (column: 'messages' | 'landed' | 'duplicates' | 'deadLettered' | 'missing' | 'extraRows') =>
    accounts.reduce((total, account) => total + account[column], 0)
  console.log(
    `  ${sum('messages')} messages = ${sum('landed')} landed + ${sum('duplicates')} duplicates + ` +
      `${sum('deadLettered')} dead letters + ${sum('missing')} missing; ${sum('extraRows')} rows came twice\n` +
      `  ${result.faults} faults, ${result.kills} kills, ${result.seconds} s: ` +
      (result.problems.length === 0 ? 'every event had its end' : 'NOT WELL'),
  )
  for (const problem of result.problems) console.log(`  ${problem}`)
  if (result.problems.length > 0) process.exitCode = 1
}
