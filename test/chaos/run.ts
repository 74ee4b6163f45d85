// `npm run chaos -- --seed 1 --events 200000`: see chaos.ts. Exit code 0 when every event had its one end.
import { parseArgs } from 'node:util'
import { runChaos } from './chaos.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', multiple: true, default: ['1'] },
    events: { type: 'string', default: '20000' },
    only: { type: 'string', multiple: true },
    'no-kills': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`usage: npm run chaos -- [--seed N]... [--events N] [--only FAULT]... [--no-kills]
default: seed 1, 20000 events, every fault, kills. FAULT is a fault point or one of its kinds: pubsub.ack, storage.append:drop;
'none' leaves the kills alone. So it is found out which fault does what.`)
} else {
  for (const seed of values.seed) {
    console.log(`seed ${seed}`)
    const result = await runChaos({
      seed: Number(seed),
      events: Number(values.events),
      only: values.only,
      kill: !values['no-kills'],
      log: (line) => console.log(`  ${line}`),
    })
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
}
