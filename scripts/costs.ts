// Prints what an environment costs a month at a steady rate, from list prices: `npm run costs [EVENTS_A_SECOND…]`. The table of
// docs/operations.md is its output.
import { readArguments, refuse } from './arguments.ts'
import { costTable } from './costs/cost-table.ts'

const USAGE = `usage: npm run costs [-- --before] [EVENTS_A_SECOND…]
Prints what a month on Google Cloud costs at each rate, as a table in Markdown. Without a rate: 10, 1000 and 100000.
--before: as it was with a subscription for the archive of each event type, and table-manager on every event.
Example: npm run costs 50 5000`

const { positionals, values } = readArguments({
  name: 'npm run costs',
  usage: USAGE,
  options: { before: { type: 'boolean', default: false } },
  takesOthers: true,
})
const wrong = positionals.find((text) => !(Number(text) > 0))
if (wrong !== undefined) refuse('npm run costs', `"${wrong}" is no number of events a second\n${USAGE}`)
const rates = positionals.length > 0 ? positionals.map(Number) : [10, 1000, 100_000]
console.log(costTable(rates, { before: values.before }))
