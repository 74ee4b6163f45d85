import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import { envelopeOf, newItem } from '../../src/item/item.ts'
import { Lanes } from '../../src/lane/lanes.ts'
import { ParkingLot } from '../../src/item/parking.ts'
import { Admissions } from '../../src/requests/admissions.ts'
import { Hopes } from '../../src/requests/hopes.ts'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'
import { fakeWritePath, schemaOf } from '../fake-write-path.ts'
import { until } from './lane-with.ts'

const SCHEMA = schemaOf(column('n', 'INT64'), column('r', 'RECORD', { fields: [column('a', 'INT64')] }))
const COLUMNS = SCHEMA.columns.length + 1
const WIDE = schemaOf(
  column('n', 'INT64'),
  ...Array.from({ length: 990 }, (_, n) => column(`k${n}`, 'INT64')),
)
const WIDE_COLUMNS = WIDE.columns.length

function start(mostColumns: number) {
  const ends: string[] = []
  const reads: string[] = []
  const readSchema = (table: string) => {
    reads.push(table)
    return Promise.resolve(table.startsWith('wide') ? WIDE : SCHEMA)
  }
  const clock = { now: 0 }
  const lanes = new Lanes({
    policies: parsePolicies(''),
    ask: undefined,
    hopes: new Hopes(),
    admissions: new Admissions(),
    writePath: { ...fakeWritePath([]).path, readSchema },
    tablesGet: { has: () => Promise.resolve(true) },
    parking: new ParkingLot({ messages: 100, bytes: 1e6 }),
    logger: createLogger({ service: 'test', level: 'silent' }),
    now: () => clock.now,
    mostColumns,
    events: {
      landed: (_, items) => ends.push(...items.map(({ table }) => `landed ${table}`)),
      unanswered: () => {},
      deadLetter: () => {},
      giveBack: (table) => ends.push(`given back ${table}`),
    },
  })
  const add = async (eventType: string, fields: object) => {
    const data = Buffer.from(JSON.stringify({ event_type: eventType, ...fields }))
    const message = { data, attributes: {}, messageId: '1', publishTime: '2026-01-01T00:00:00Z' }
    const lease = new LeaseBatch(AckIds.copy(Buffer.from('a'), [0, 1]), Number.MAX_SAFE_INTEGER)
    const item = newItem(message, 1, lease, 0, Number.MAX_SAFE_INTEGER)
    item.table = eventType
    clock.now++
    const lane = lanes.of(eventType)
    lane.add(item, envelopeOf(item))
    await until(() => lane.columns > 0 || ends.includes(`given back ${eventType}`))
    return lane
  }
  return { lanes, add, ends, reads }
}

t.test('the lane that nobody asked for longest goes when all have too many columns', async (t) => {
  const { lanes, add, ends } = start(COLUMNS * 3)
  for (const type of ['a', 'b', 'c']) await add(type, { n: 1 })
  await until(() => ends.length === 3)
  await add('a', { n: 2 })
  await until(() => ends.length === 4)
  await add('d', { n: 1 })
  t.ok(lanes.get('a'))
  t.notOk(lanes.get('b'))
  t.ok(lanes.get('c'))
  t.equal(lanes.of('b').incarnation, SCHEMA.incarnation, 'which table it was is not forgotten')
})

t.test('an idle lane goes before one whose events wait; that one gives them back', async (t) => {
  const { lanes, add, ends } = start(COLUMNS * 2)
  await add('waits', { other: 1 })
  await add('idle', { n: 1 })
  await until(() => ends.length === 1)
  await add('b', { other: 1 })
  t.ok(lanes.get('waits'))
  t.notOk(lanes.get('idle'))
  await add('c', { other: 1 })
  t.notOk(lanes.get('waits'))
  t.same(ends, ['landed idle', 'given back waits'])
  lanes.close()
})

t.test(
  'types with many columns, made up one after another, do not push out a narrow lane that is used now and then',
  async (t) => {
    const { lanes, add } = start(20 * WIDE_COLUMNS + COLUMNS)
    const narrow = await add('narrow', { n: 1 })
    await until(() => narrow.isIdle)
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 21; n++) {
        const wide = await add(`wide${n}`, { n: 1 })
        await until(() => wide.isIdle)
      }
      t.equal(lanes.get('narrow'), narrow)
    }
  },
)

t.test('a narrow lane whose events wait gives none back for a wide one', async (t) => {
  const { lanes, add, ends } = start(2 * WIDE_COLUMNS + COLUMNS)
  const narrow = await add('narrow', { other: 1 })
  for (const type of ['wide1', 'wide2', 'wide3']) await add(type, { other: 1 })
  t.same(ends, ['given back wide1'])
  t.equal(lanes.get('narrow'), narrow)
  lanes.close()
})

t.test('a wide lane goes itself where only narrow ones are left, whose events wait', async (t) => {
  const { lanes, add, ends } = start(WIDE_COLUMNS + COLUMNS)
  for (const type of ['a', 'b']) await add(type, { other: 1 })
  await add('wide', { other: 1 })
  t.same(ends, ['given back wide'])
  t.same(
    [...lanes.parked()],
    [
      ['a', 1],
      ['b', 1],
    ],
  )
  lanes.close()
})

t.test('a lane that is made after the end gives back what comes, and asks for no table', async (t) => {
  for (const end of ['finish', 'close'] as const) {
    const { lanes, add, ends, reads } = start(COLUMNS)
    lanes[end]()
    await add('late', { n: 1 })
    t.same(ends, ['given back late'], end)
    t.same(reads, [], end)
    t.ok(lanes.isIdle, end)
  }
})
