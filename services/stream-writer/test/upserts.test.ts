import { setImmediate as turn } from 'node:timers/promises'
import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import t from 'tap'
import { poll } from '../../../scripts/poll.ts'
import type { Appender } from '../src/append/connection-pool.ts'
import { keyTextOf, type RowKey } from '../src/doubts/row-lookup.ts'
import { createMetrics } from '../src/metrics.ts'
import { rowBytes, type RowPlace } from '../src/row/row-chunk.ts'
import { writeSchema } from '../src/row/write-schema.ts'
import { EventWriter } from '../src/write-events.ts'
import { FakeSubscription, pullResponse } from './pull/fake-pull-call.ts'
import { letTimeFly } from './flying-time.ts'

t.beforeEach(letTimeFly)

const FIELDS = [...SYSTEM_COLUMNS, { name: 'event_type', type: 'STRING' }, { name: 'n', type: 'INT64' }]
const SCHEMA = writeSchema(FIELDS, { incarnation: 'x 1', upsert: true })
const FIRST_MS = 1_767_225_600_000
const FIRST_ID = 7000

interface Row {
  readonly n: string
  readonly _source: string
  readonly event_id: string
  readonly _fingerprint: string
  readonly _CHANGE_SEQUENCE_NUMBER: string
}

/** As BigQuery compares them: hexadecimal sections from left to right (docs: change data capture, custom ordering). */
function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.split('/').map((section) => BigInt(`0x${section}`)))
  return a![0] === b![0] ? a![1]! > b![1]! : a![0]! > b![0]!
}

/** A table in which rows take the place of those with their key, unless those are newer. */
function keyedTable() {
  const type = (
    protobuf.Type as unknown as { fromDescriptor: (message: object, edition: string) => protobuf.Type }
  ).fromDescriptor(descriptor.DescriptorProto.fromObject(SCHEMA.descriptor), 'proto2')
  new protobuf.Root().add(type).resolveAll()
  const rows = new Map<string, Row>()
  return {
    rows,
    take(places: readonly RowPlace[]) {
      for (const place of places) {
        const row = type.toObject(type.decode(rowBytes(place)), { longs: String }) as Row
        const key = JSON.stringify([row._source, row.event_id])
        const old = rows.get(key)
        if (!old || !isNewer(old._CHANGE_SEQUENCE_NUMBER, row._CHANGE_SEQUENCE_NUMBER)) rows.set(key, row)
      }
    },
    find(keys: readonly RowKey[]) {
      const has = ({ source, eventId, fingerprint }: RowKey) =>
        rows.get(JSON.stringify([source, eventId]))?._fingerprint === fingerprint
      return new Set(keys.filter(has).map(keyTextOf))
    },
  }
}

/** What an append comes to: it lands, or its connection ends, before it landed or behind it. */
type Fate = 'lands' | 'is lost' | 'lands without an answer'

function start(fates: Fate[]) {
  const table = keyedTable()
  const connect = () => {
    let isOpen = true
    return {
      get isOpen() {
        return isOpen
      },
      append(rows: readonly RowPlace[]) {
        const fate = fates.shift() ?? 'lands'
        if (fate !== 'is lost') table.take(rows)
        if (fate === 'lands') return Promise.resolve({ outcome: 'landed' as const })
        isOpen = false
        return Promise.reject(new Error('14 UNAVAILABLE'))
      },
      close() {
        isOpen = false
      },
    } as unknown as Appender
  }
  const subscription = new FakeSubscription()
  const writer = new EventWriter({
    pubsub: Object.assign(subscription, { check: () => Promise.resolve() }),
    deadLetters: {
      publish: () => Promise.reject(new Error('no event of these is wrong')),
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    requests: undefined,
    writePath: { readSchema: () => Promise.resolve(SCHEMA), connect, close: () => Promise.resolve() },
    tablesGet: { has: () => Promise.resolve(true) },
    lookup: { find: (_, keys) => Promise.resolve(table.find(keys)), mayPass: () => false },
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics,
    subscription: 's',
    leaseSeconds: 10,
    maxMessages: 1000,
    maxBytes: 1e6,
    parkSeconds: 60,
    duplicateWindow: 100,
    policies: parsePolicies('{"x":{"duplicates":"upsert"}}'),
    now: Date.now,
  })
  writer.start()
  return { table, subscription, writer }
}

/** Events of one key, in the order in which they are published: their contents, and how long each comes after the one before. */
const published = fc.array(fc.record({ n: fc.nat({ max: 2 }), afterMs: fc.constantFrom(0, 0, 1, 500) }), {
  minLength: 1,
  maxLength: 5,
})
const story = published.chain((events) => {
  const each = events.map((_, index) => index)
  const delivery = fc.record({
    event: fc.constantFrom(...each),
    attempt: fc.constantFrom(1, 2),
    isWaitedFor: fc.boolean(),
  })
  return fc.record({
    events: fc.constant(events),
    // each comes at least once, some again
    order: fc.shuffledSubarray(each, { minLength: each.length }),
    more: fc.array(fc.tuple(fc.nat({ max: 9 }), delivery), { maxLength: 4 }),
    first: fc.array(fc.tuple(fc.constantFrom(1, 2), fc.boolean()), {
      minLength: each.length,
      maxLength: each.length,
    }),
    isAgain: fc.array(fc.boolean(), { minLength: each.length, maxLength: each.length }),
    fates: fc.array(fc.constantFrom<Fate>('lands', 'lands', 'is lost', 'lands without an answer'), {
      maxLength: 4,
    }),
  })
})

t.test(
  'with upserts the row is that of the event that was published last',
  { timeout: 480_000 },
  async (t) => {
    await t.test('in any order of delivery, with any attempts, whatever becomes of the appends', async () => {
      await fc.assert(
        fc.asyncProperty(story, async ({ events, order, more, first, isAgain, fates }) => {
          let at = FIRST_MS
          const messages = events.map(({ n, afterMs }, index) => {
            at += afterMs
            return {
              data: Buffer.from(`{"event_type":"x","event_id":"a","n":${n}}`),
              attributes: isAgain[index] ? { 'published-again': 'true' } : {},
              messageId: String(FIRST_ID + index),
              publishTime: { seconds: Math.floor(at / 1000), nanos: (at % 1000) * 1e6 },
            }
          })
          const deliveries = order.map((event, index) => ({
            event,
            attempt: first[index]![0],
            isWaitedFor: first[index]![1],
          }))
          for (const [place, delivery] of more) deliveries.splice(place, 0, delivery)
          const { table, subscription, writer } = start([...fates])
          try {
            for (const [index, { event, attempt, isWaitedFor }] of deliveries.entries()) {
              const received = { ackId: `${index}`, deliveryAttempt: attempt, message: messages[event]! }
              subscription.calls[0]!.emit('data', pullResponse([received]))
              if (isWaitedFor) await isAcked(subscription, index)
              else await turn()
            }
            for (const index of deliveries.keys()) await isAcked(subscription, index)
            return table.rows.get('["","a"]')?.n === String(events.at(-1)!.n) && table.rows.size === 1
          } finally {
            await writer.stop()
          }
        }),
        { numRuns: 60 },
      )
    })
  },
)

function isAcked(subscription: FakeSubscription, ackId: number): Promise<unknown> {
  return poll(() => subscription.acked.includes(`${ackId}`) || undefined, {
    timeoutMs: 60_000,
    everyMs: 2,
    what: 'acked',
  })
}
