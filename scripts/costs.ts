// Prints what an environment costs a month at a steady rate, from list prices: `node scripts/costs.ts [EVENTS_A_SECOND…]`. The table of
// docs/operations.md is its output. Prices are those of us-central1 in US dollars, without free tiers and discounts.

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
  cpuSecond: 0.000_018,
  memorySecond: 0.000_002,
}

/** Bytes of an event, and of its message with the attributes; 1,000 is the least that a push is billed as. */
const EVENT = 535
const MESSAGE = 900
const PUSHED = 1000
/** Event types of the catalogue: the archive has a subscription for each. */
const TYPES = 7
/** Events a second that one instance is given, about half of what it can do (README, What it costs). */
const WRITER_RATE = 10_000
const MANAGER_RATE = 12_000
const GATEWAY_RATE = 8000

const instances = (rate: number, each: number) => Math.max(1, Math.ceil(rate / each))
/** An instance with one CPU, always on: billed by its time, and not by its requests. */
const alwaysOn = (count: number, gib: number) =>
  count * SECONDS * (PRICE.cpuSecond + gib * PRICE.memorySecond)

/** Dollars a month, by what they are for. */
export function costs(rate: number): Readonly<Record<string, number>> {
  const events = rate * SECONDS
  return {
    publish: events * MESSAGE * PRICE.pubsub,
    'deliver to stream-writer': events * MESSAGE * PRICE.pubsub,
    'deliver to table-manager': events * PUSHED * PRICE.pubsub,
    archive: events * MESSAGE * (PRICE.exported + (TYPES - 1) * PRICE.pubsub + PRICE.bucketStorage),
    'record of what was published': events * MESSAGE * (PRICE.exported + PRICE.tableStorage),
    'write rows': events * EVENT * PRICE.storageWrite,
    'keep rows for a month': events * EVENT * PRICE.tableStorage,
    'stream-writer': alwaysOn(instances(rate, WRITER_RATE), 1),
    'table-manager': alwaysOn(instances(rate, MANAGER_RATE), 0.5),
    'event-gateway': alwaysOn(instances(rate, GATEWAY_RATE), 1),
  }
}

/** The costs at each rate as a table in Markdown. */
export function costTable(rates: readonly number[]): string {
  const columns = rates.map(costs)
  const dollars = (value: number) =>
    value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US')
  const row = (name: string, values: readonly number[]) => `| ${name} | ${values.map(dollars).join(' | ')} |`
  const sum = (column: Readonly<Record<string, number>>) =>
    Object.values(column).reduce((total, one) => total + one, 0)
  return [
    `| US dollars a month | ${rates.map((rate) => `${rate.toLocaleString('en-US')} events/s`).join(' | ')} |`,
    `|---|${rates.map(() => '---:|').join('')}`,
    ...Object.keys(columns[0]!).map((name) =>
      row(
        name,
        columns.map((column) => column[name]!),
      ),
    ),
    row('together', columns.map(sum)),
  ].join('\n')
}

if (import.meta.main) {
  const rates = process.argv.slice(2).map(Number)
  if (rates.some((rate) => !(rate > 0))) {
    console.error('usage: node scripts/costs.ts [EVENTS_A_SECOND…]')
    process.exit(2)
  }
  console.log(costTable(rates.length > 0 ? rates : [10, 1000, 100_000]))
}
