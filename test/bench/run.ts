// `npm run bench`: what each stage costs for an event of the shop, beside JSON.parse of the same events in the same run; how
// many events a second go through the whole pipeline; stream-writer beside Google's own libraries; and the time from publish
// to SQL. `npm run bench -- --backlog 1000000`: a writer that finds so many events waiting; `-- --official` and `-- --gateway`:
// these alone; `-- --isolation`: a caller of the gateway beside a hostile one; `-- --start`: how
// long a service takes to be ready; `-- --generator 10000000`: so many events from the generator to a topic.
import { parseArgs } from 'node:util'
import { decodeMessage, destination, validateEvent, type Message } from '@tablestream/contract'
import { Shop, SHOP_EVENT_TYPES } from '@tablestream/event-generator'
import { compileBytePath, compileEncoder, newRow } from '@tablestream/stream-writer'
import { plan, type Column, type JsonObject } from '@tablestream/table-schema'
import { againstOfficial } from './against-official.ts'
import { backlog } from './backlog.ts'
import { endToEnd } from './end-to-end.ts'
import { gateway } from './gateway.ts'
import { generator } from './generator.ts'
import { isolation } from './isolation.ts'
import { latency } from './latency.ts'
import { median, microsecondsEach } from './measure.ts'
import { start } from './start.ts'

const EVENTS = 3000
const ROUNDS = 15
const PIPELINE_EVENTS = 60_000

const OFFICIAL_EVENTS = 400_000
const LATENCY_RATE = 1000
const LATENCY_SECONDS = 15

const { values: options } = parseArgs({
  options: {
    backlog: { type: 'string' },
    official: { type: 'boolean' },
    gateway: { type: 'boolean' },
    isolation: { type: 'boolean' },
    generator: { type: 'string' },
    start: { type: 'boolean' },
  },
})
if (options.official) {
  await againstOfficial(OFFICIAL_EVENTS)
  process.exit(0)
}
if (options.gateway) {
  await gateway()
  process.exit(0)
}
if (options.isolation) {
  await isolation()
  process.exit(0)
}
if (options.start) {
  await start()
  process.exit(0)
}
if (options.generator !== undefined) {
  await generator(Number(options.generator))
  process.exit(0)
}
if (options.backlog !== undefined) {
  await backlog(Number(options.backlog))
  process.exit(0)
}

interface Sample {
  readonly text: string
  readonly message: Message
  readonly event: JsonObject
  readonly type: string
}

const shop = new Shop({ seed: 1, now: () => new Date('2026-01-01T00:00:00Z') })
const columnsOfType = new Map<string, readonly Column[]>()
const samples: Sample[] = Array.from({ length: EVENTS }, (_, index) => {
  const type = SHOP_EVENT_TYPES[index % SHOP_EVENT_TYPES.length]!
  const text = JSON.stringify(shop.next(type))
  const event = JSON.parse(text) as JsonObject
  const planned = plan(columnsOfType.get(type), event, { contract: destination(type).contract })
  columnsOfType.set(type, planned.columns)
  const message = {
    data: Buffer.from(text),
    attributes: {},
    messageId: '1',
    publishTime: '2026-01-01T00:00:00.000Z',
  }
  return { text, message, event, type }
})
const encoders = new Map([...columnsOfType].map(([type, columns]) => [type, compileEncoder(columns)]))
const bytePaths = new Map(
  [...columnsOfType].map(([type, columns]) => [type, compileBytePath(columns, type)!]),
)
const fingerprint = { low: 0, high: 0 }
const envelope = {
  eventId: 'id',
  source: '',
  fingerprint,
  eventDay: 20_000,
  processedMicros: 1_767_225_600_000_000,
}
const encode = (type: string, event: JsonObject) => encoders.get(type)!(event, envelope)
let kept = 0

const stages: readonly [name: string, work: (sample: Sample) => unknown][] = [
  ['JSON.parse', ({ text }) => JSON.parse(text) as unknown],
  ['decode (contract)', ({ message }) => decodeMessage(message)],
  ['validate (contract)', ({ type, event }) => validateEvent(type, event)],
  ['plan, the event fits (table-schema)', ({ type, event }) => plan(columnsOfType.get(type), event)],
  ['plan, a new shape (table-schema)', ({ event }) => plan(undefined, event)],
  ['encode (stream-writer)', ({ type, event }) => encode(type, event)],
  [
    'from bytes to row: the writer’s work on a plain event',
    ({ message, type }) => {
      const row = { ...newRow(), low: 0, high: 0 }
      if (bytePaths.get(type)!(message, message.data as Buffer, 0, row) === undefined)
        throw new Error('an event that is not plain')
      return row
    },
  ],
  [
    'decode + validate + encode: its work on any other event',
    ({ message, type }) => {
      const decoded = decodeMessage(message)
      if (decoded.outcome !== 'event' || validateEvent(type, decoded.event).length > 0)
        throw new Error('a bad event')
      return encode(type, decoded.event)
    },
  ],
  ['generate (event-generator)', () => shop.next(...SHOP_EVENT_TYPES)],
]

const bytes = samples.reduce((sum, { text }) => sum + text.length, 0) / samples.length
console.log(
  `${EVENTS} events of the shop, ${Math.round(bytes)} bytes each on average; Node ${process.version}`,
)
console.log(`median of ${ROUNDS} rounds, all stages in each round; CPU microseconds an event\n`)

const rounds = stages.map((): number[] => [])
for (let round = 0; round < ROUNDS; round++) {
  stages.forEach(([, work], stage) => {
    rounds[stage]!.push(
      microsecondsEach(samples, (sample) => {
        kept += work(sample) === undefined ? 0 : 1
      }),
    )
  })
}
const parse = median(rounds[0]!)
stages.forEach(([name], stage) => {
  const cost = median(rounds[stage]!)
  console.log(
    `${cost.toFixed(2).padStart(8)} µs  ${(cost / parse).toFixed(2).padStart(6)} × JSON.parse  ${name}`,
  )
})
if (kept === 0) throw new Error('nothing was measured')

console.log(`\n${PIPELINE_EVENTS} orders through the whole pipeline, every service in its own process:`)
await endToEnd(PIPELINE_EVENTS, parse)

console.log(`\n${OFFICIAL_EVENTS} orders waiting, through stream-writer and through Google's own libraries:`)
await againstOfficial(OFFICIAL_EVENTS)

console.log(`\n${LATENCY_RATE} events a second for ${LATENCY_SECONDS} s, default settings:`)
await latency(LATENCY_RATE, LATENCY_SECONDS)
