// `npm run bench`: what each stage costs for an event of the shop, beside JSON.parse of the same events in the same run; how
// many events a second go through the whole pipeline; stream-writer beside Google's own libraries; and the time from publish
// to SQL. -h tells the modes that are measured alone.
import { format } from 'node:util'
import { countOf, readArguments, refuse } from '../../scripts/arguments.ts'
import { openProgress } from '../../scripts/progress.ts'
import { sizesOf, type Sizes } from './sizes.ts'

const NAME = 'npm run bench'
const USAGE = `usage: npm run bench [-- [MODE] [--events N] [--rounds N] [--small]]
Without a mode: the stages, the whole pipeline, stream-writer beside Google's own libraries, and the time from publish to SQL.
  --pipeline       the whole pipeline alone
  --official       stream-writer beside Google's own subscriber and JSONWriter
  --backlog N      stream-writer over N events that wait
  --writers        1, 2, 4 and 8 stream-writers on one subscription
  --paced-writers  the same with so few events that no core is short, at least five rounds; fails beyond 15 %
  --generator N    N events from event-generator to a topic
  --gateway        event-gateway beside a bare route
  --table-manager  table-manager beside a bare route
  --isolation      a caller of event-gateway beside a hostile one; --attack NAME measures one attack alone
  --requests N     how often table-manager is asked while N events come; fails beyond a thousand times
  --schema         from JSON to columns, beside bigquery-schema-generator of PyPI
  --local-cloud    local-cloud as a package beside Google's Pub/Sub emulator; rows by Storage Write, start, memory
  --large          how long stream-writer hears nobody for one event as large as an event may be
  --load           a file of orders into their table (JSON, CSV, Parquet, gzip, zstd), beside JSON.parse and DuckDB's reader
  --console        how long the console takes to say what became of one of N events
  --start          how long a service takes to be ready, as a bundle and from its sources
  --against COMMIT any of these, or all, of that commit beside this working tree, in turns
--events: how many events go through the pipeline, the writers, --schema, --load and --console. --rounds: how often it is measured.
--turns: how often each version has its turn, 3 where nothing is said. --small: a few seconds that show that a mode works; its figures say
nothing.
Example: npm run bench -- --official --events 100000`

const { values: options } = readArguments({
  name: NAME,
  usage: USAGE,
  options: {
    pipeline: { type: 'boolean' },
    official: { type: 'boolean' },
    backlog: { type: 'string' },
    writers: { type: 'boolean' },
    'paced-writers': { type: 'boolean' },
    generator: { type: 'string' },
    gateway: { type: 'boolean' },
    'table-manager': { type: 'boolean' },
    isolation: { type: 'boolean' },
    attack: { type: 'string', multiple: true },
    requests: { type: 'string' },
    schema: { type: 'boolean' },
    'local-cloud': { type: 'boolean' },
    large: { type: 'boolean' },
    load: { type: 'boolean' },
    console: { type: 'boolean' },
    start: { type: 'boolean' },
    against: { type: 'string' },
    turns: { type: 'string' },
    events: { type: 'string' },
    rounds: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
})

// each loads what it needs: who asks for -h waits for none of it
const MODES = {
  pipeline: async (sizes) => {
    const { parseMicroseconds } = await import('./against-official.ts')
    await pipeline(sizes, parseMicroseconds())
  },
  official: async (sizes) => {
    const { againstOfficial } = await import('./against-official.ts')
    await againstOfficial(sizes.officialEvents, sizes.officialWarmUp)
  },
  backlog: async () => {
    const { backlog } = await import('./backlog.ts')
    await backlog(countOf('--backlog', options.backlog!))
  },
  writers: async (sizes) => {
    const { writers } = await import('./writers.ts')
    await writers(sizes)
  },
  'paced-writers': async (sizes) => {
    const { pacedWriters } = await import('./paced-writers.ts')
    await pacedWriters(sizes)
  },
  generator: async () => {
    const { generator } = await import('./generator.ts')
    await generator(countOf('--generator', options.generator!))
  },
  gateway: async (sizes) => {
    const { gateway } = await import('./gateway.ts')
    await gateway(sizes.gatewayRounds, sizes.gatewaySeconds)
  },
  'table-manager': async (sizes) => {
    const { tableManager } = await import('./table-manager.ts')
    await tableManager(sizes.managerRounds, sizes.managerSeconds)
  },
  isolation: async (sizes) => {
    const { ATTACKS } = await import('./attacks.ts')
    const { attack: attacks = ATTACKS } = options
    const unknown = attacks.find((attack) => !ATTACKS.includes(attack))
    if (unknown !== undefined) refuse(NAME, `--attack is one of ${ATTACKS.join(' | ')}, and not "${unknown}"`)
    const { isolation } = await import('./isolation.ts')
    await isolation(sizes.isolationRounds, sizes.isolationSeconds, attacks)
  },
  requests: async () => {
    const { requests } = await import('./requests.ts')
    await requests(countOf('--requests', options.requests!))
  },
  schema: async (sizes) => {
    const { schema } = await import('./schema.ts')
    schema(sizes.schemaRecords, sizes.schemaRounds)
  },
  'local-cloud': async (sizes) => {
    const { localCloud } = await import('./local-cloud.ts')
    await localCloud(sizes.localCloudRounds, sizes.localCloudSeconds)
  },
  large: async (sizes) => {
    const { large } = await import('./large.ts')
    await large(sizes.largePart, (what) => progress.at(what))
  },
  load: async (sizes) => {
    const { batchLoad } = await import('./batch-load.ts')
    await batchLoad(sizes.loadOrders)
  },
  console: async (sizes) => {
    const { askConsole } = await import('./console.ts')
    await askConsole(sizes.consoleMessages, (what) => progress.at(what))
  },
  start: async (sizes) => {
    const { start } = await import('./start.ts')
    await start(sizes.startRounds)
  },
} as const satisfies Partial<Record<keyof typeof options, (sizes: Sizes) => Promise<void>>>

/** Of `--against`, where nothing is said. */
const TURNS = 3

async function pipeline({ pipelineEvents, pipelineWarmUp }: Sizes, parseUs: number): Promise<void> {
  const { endToEnd } = await import('./end-to-end.ts')
  console.log(
    `\n${pipelineEvents} orders through the whole pipeline behind ${pipelineWarmUp} that warm it up, every service in its own process:`,
  )
  await endToEnd(pipelineEvents, pipelineWarmUp, parseUs)
}

async function everything(sizes: Sizes): Promise<void> {
  const { measureStages } = await import('./stages.ts')
  const { latency } = await import('./latency.ts')
  const parse = measureStages(sizes.stageEvents, sizes.stageRounds)
  await pipeline(sizes, parse)
  console.log(
    `\n${sizes.officialEvents} orders waiting, through stream-writer and through Google's own libraries:`,
  )
  await MODES.official(sizes)
  const { latencyRate, latencySeconds } = sizes
  console.log(`\n${latencyRate} events a second for ${latencySeconds} s, default settings:`)
  await latency(latencyRate, latencySeconds)
}

function checked(): Sizes & { readonly turns: number } {
  try {
    const turns = options.turns === undefined ? TURNS : countOf('--turns', options.turns)
    for (const mode of ['backlog', 'generator', 'requests'] as const)
      if (options[mode] !== undefined) countOf(`--${mode}`, options[mode])
    return { ...sizesOf(options), turns }
  } catch (error) {
    return refuse(NAME, (error as Error).message)
  }
}

/** The arguments that say what is measured, and how much of it. */
function measured(): string[] {
  const { against: _commit, turns: _turns, ...others } = options
  return Object.entries(others).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : []
    return [value ?? []].flat().flatMap((text) => [`--${name}`, text])
  })
}

const { turns, ...sizes } = checked()
const modes = (Object.keys(MODES) as (keyof typeof MODES)[]).filter((mode) => options[mode] !== undefined)
if (modes.length > 1)
  refuse(NAME, `one mode at a time, and not ${modes.map((mode) => `--${mode}`).join(' ')}`)
const [mode] = modes
const progress = openProgress(`measuring ${mode ?? 'everything'}`)
// a figure takes the place of the progress, which goes on below it
console.log = (...values: unknown[]) => progress.say(format(...values))
if (options.against !== undefined) {
  const { againstCommit } = await import('./against-commit.ts')
  await againstCommit(options.against, measured(), turns)
} else await (mode === undefined ? everything(sizes) : MODES[mode](sizes))
progress.done()
