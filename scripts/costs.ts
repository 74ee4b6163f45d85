// Prints what an environment costs a month at a steady rate, from list prices: `npm run costs [EVENTS_A_SECOND…]`. The table of
// docs/operations.md is its output. Prices are those of us-central1 in US dollars, without free tiers and discounts.
// terraform/variables.tf says how long things are kept.
import { readFileSync } from 'node:fs'
import { CATALOGUE } from '@tablestream/contract'
import { readArguments, refuse } from './arguments.ts'

const GIB = 2 ** 30
const TIB = 2 ** 40
const SECONDS = 30 * 24 * 3600

/** cloud.google.com/pubsub/pricing, cloud.google.com/bigquery/pricing, cloud.google.com/run/pricing, cloud.google.com/storage/pricing */
const PRICE = {
  /** A TiB published, pulled or pushed; also of what a filter passes over. */
  pubsub: 40 / TIB,
  /** A TiB written by a subscription to BigQuery or Cloud Storage. */
  exported: 50 / TIB,
  storageWrite: 0.025 / GIB,
  /** Of a month. */
  tableStorage: 0.02 / GIB,
  bucketStorage: 0.02 / GIB,
  /** Of a service billed by instance, and of one billed by request, whose seconds count only while it answers. */
  cpuSecond: 0.000_018,
  memorySecond: 0.000_002,
  busyCpuSecond: 0.000_024,
  busyMemorySecond: 0.000_002_5,
  request: 0.4e-6,
}

const variables = readFileSync(new URL('../terraform/variables.tf', import.meta.url), 'utf8')
/** What Terraform takes for a number of days unless it is told something else, in months. */
function months(variable: string): number {
  const [, days] =
    new RegExp(`^variable "${variable}" \\{\n(?:  .*\n)*?  default += (\\d+)$`, 'm').exec(variables) ?? []
  if (days === undefined) throw new Error(`terraform/variables.tf has no number of days in ${variable}`)
  return Number(days) / 30
}

/** What table-manager sees unless Terraform is told something else. */
const [, TABLE_REQUESTS] =
  /^variable "table_requests" \{\n(?:  .*\n)*?  default += "(\w+)"$/m.exec(variables) ?? []
/** Requests to table-manager for an event where it is asked for shapes: at most what 20 types and 200 new shapes in a million take. */
const REQUESTS_AN_EVENT = 0.001

/** Bytes of an event, and of its message with the attributes; 1,000 is the least that a push is billed as. */
const EVENT = 535
const MESSAGE = 900
const PUSHED = 1000
/** Event types of the catalogue: the archive has a subscription for each. */
const TYPES = CATALOGUE.length
/** How long a request to event-gateway takes, about, and the events in it: one is the dearest. */
const REQUEST_SECONDS = 0.03
const EVENTS_A_REQUEST = 1
/** Events a second that one instance is given, about half of what it can do (README, What it costs). */
const WRITER_RATE = 10_000
const MANAGER_RATE = 12_000
const GATEWAY_RATE = 8000

const instances = (rate: number, each: number) => Math.max(1, Math.ceil(rate / each))
/** An instance with one CPU, always on: billed by its time, and not by its requests. */
const alwaysOn = (count: number, gib: number) =>
  count * SECONDS * (PRICE.cpuSecond + gib * PRICE.memorySecond)

/** event-gateway as it is unless always_on names it: each request is billed, and the time in which there is one. */
function byRequest(rate: number, count: number, gib: number): number {
  const requests = rate / EVENTS_A_REQUEST
  const busySeconds = count * SECONDS * Math.min(1, (requests / count) * REQUEST_SECONDS)
  return (
    requests * SECONDS * PRICE.request + busySeconds * (PRICE.busyCpuSecond + gib * PRICE.busyMemorySecond)
  )
}

/** Rows that show another way to pay what another row has: the sum counts the cheaper one. */
const GATEWAY = ['event-gateway, billed by request', 'event-gateway, always on'] as const

/** Dollars a month once everything is kept for as long as it is kept, by what they are for. */
export function costs(rate: number, tableRequests = TABLE_REQUESTS): Readonly<Record<string, number>> {
  const events = rate * SECONDS
  const isAsked = tableRequests === 'shapes'
  const requests = isAsked ? events * REQUESTS_AN_EVENT : events
  return {
    publish: events * MESSAGE * PRICE.pubsub,
    'deliver to stream-writer': events * MESSAGE * PRICE.pubsub,
    // what is asked for is published, too
    'deliver to table-manager': requests * (PUSHED + (isAsked ? MESSAGE : 0)) * PRICE.pubsub,
    archive:
      events *
      MESSAGE *
      (PRICE.exported + (TYPES - 1) * PRICE.pubsub + months('archive_days') * PRICE.bucketStorage),
    'record of what was published':
      events * MESSAGE * (PRICE.exported + months('published_messages_days') * PRICE.tableStorage),
    'write rows': events * EVENT * PRICE.storageWrite,
    'keep rows for a month': events * EVENT * PRICE.tableStorage,
    'stream-writer': alwaysOn(instances(rate, WRITER_RATE), 1),
    'table-manager': alwaysOn(instances(requests / SECONDS, MANAGER_RATE), 0.5),
    [GATEWAY[0]]: byRequest(rate, instances(rate, GATEWAY_RATE), 1),
    [GATEWAY[1]]: alwaysOn(instances(rate, GATEWAY_RATE), 1),
    'event-generator': alwaysOn(1, 1),
  }
}

/** The costs at each rate as a table in Markdown. */
export function costTable(rates: readonly number[]): string {
  const columns = rates.map((rate) => costs(rate))
  const dollars = (value: number) =>
    value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US')
  const row = (name: string, values: readonly number[]) => `| ${name} | ${values.map(dollars).join(' | ')} |`
  const sum = (column: Readonly<Record<string, number>>) =>
    Object.values(column).reduce((total, one) => total + one, 0) -
    Math.max(...GATEWAY.map((name) => column[name]!))
  return [
    `| US dollars a month | ${rates.map((rate) => `${rate.toLocaleString('en-US')} events/s`).join(' | ')} |`,
    `|---|${rates.map(() => '---:|').join('')}`,
    ...Object.keys(columns[0]!).map((name) =>
      row(
        name,
        columns.map((column) => column[name]!),
      ),
    ),
    row('together, with the cheaper gateway', columns.map(sum)),
  ].join('\n')
}

const USAGE = `usage: npm run costs [EVENTS_A_SECOND…]
Prints what a month on Google Cloud costs at each rate, as a table in Markdown. Without a rate: 10, 1000 and 100000.
Example: npm run costs 50 5000`

if (import.meta.main) {
  const { positionals } = readArguments({
    name: 'npm run costs',
    usage: USAGE,
    options: {},
    takesOthers: true,
  })
  const wrong = positionals.find((text) => !(Number(text) > 0))
  if (wrong !== undefined) refuse('npm run costs', `"${wrong}" is no number of events a second\n${USAGE}`)
  console.log(costTable(positionals.length > 0 ? positionals.map(Number) : [10, 1000, 100_000]))
}
