import { decodeMessage, destination, validateEvent, type Message } from '@tablestream/contract'
import { Shop, SHOP_EVENT_TYPES } from '@tablestream/event-generator'
import { compileBytePath, compileEncoder, newRow } from '@tablestream/stream-writer'
import { plan, type Column, type JsonObject } from '@tablestream/table-schema'
import { median, microsecondsEach } from './measure.ts'

interface Sample {
  readonly text: string
  readonly message: Message
  readonly event: JsonObject
  readonly type: string
}

/**
 * What each stage costs for an event of the shop, beside JSON.parse of the same events in the same rounds; prints it.
 *
 * @returns CPU microseconds of JSON.parse for an event
 */
export function measureStages(events: number, rounds: number): number {
  const shop = new Shop({ seed: 1, now: () => new Date('2026-01-01T00:00:00Z') })
  const columnsOfType = new Map<string, readonly Column[]>()
  const samples: Sample[] = Array.from({ length: events }, (_, index) => {
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
    `${events} events of the shop, ${Math.round(bytes)} bytes each on average; Node ${process.version}`,
  )
  console.log(`median of ${rounds} rounds, all stages in each round; CPU microseconds an event\n`)

  const costs = stages.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    stages.forEach(([, work], stage) => {
      costs[stage]!.push(
        microsecondsEach(samples, (sample) => {
          kept += work(sample) === undefined ? 0 : 1
        }),
      )
    })
  }
  const parse = median(costs[0]!)
  stages.forEach(([name], stage) => {
    const cost = median(costs[stage]!)
    console.log(
      `${cost.toFixed(2).padStart(8)} µs  ${(cost / parse).toFixed(2).padStart(6)} × JSON.parse  ${name}`,
    )
  })
  if (kept === 0) throw new Error('nothing was measured')
  return parse
}
