import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { createWritePath } from '../../src/append/storage-write-client.ts'
import { ParkingLot } from '../../src/item/parking.ts'
import { Admissions } from '../../src/requests/admissions.ts'
import { Hopes } from '../../src/requests/hopes.ts'
import { TableLane } from '../../src/lane/table-lane.ts'
import { startWriteServer, statusError, type WriteServerOptions } from '../write-server.ts'
import { add, item, until } from './lane-with.ts'

t.setTimeout(120_000)
process.env['METADATA_SERVER_DETECTION'] = 'none'
const FIELDS = [
  ...['event_id', 'event_type', 's'].map((name) => ({ name, type: 'STRING' })),
  { name: 'event_date', type: 'DATE' },
  { name: 'processed_timestamp', type: 'TIMESTAMP' },
  { name: '_unmapped', type: 'JSON' },
  { name: '_source', type: 'STRING' },
  { name: '_fingerprint', type: 'INT64' },
]

/** Lanes over the wire, to a server that answers as it is told. */
async function lanesOf(options: WriteServerOptions, tables: readonly string[]) {
  const server = await startWriteServer({ fields: FIELDS, ...options })
  const path = { projectId: 'p', dataset: 'd', endpoint: server.endpoint, appendTimeoutMs: 20_000 }
  const writePath = await createWritePath(path)
  t.teardown(async () => {
    await writePath.close()
    server.close()
  })
  const ends = new Map<string, string>()
  const lanes = tables.map(
    (table) =>
      new TableLane({
        contract: [],
        ask: undefined,
        hopes: new Hopes(),
        admissions: new Admissions(),
        table,
        policy: parsePolicies('').of('x'),
        writePath,
        tablesGet: { has: () => Promise.resolve(true) },
        parking: new ParkingLot({ messages: 10_000, bytes: 1e9 }),
        logger: createLogger({ service: 'test', level: 'silent' }),
        now: () => 1000,
        events: {
          // their rows are not there: they come back
          unanswered: (name, items) => items.forEach((one) => add(laneOf(name), one)),
          landed: (_incarnation, items) => {
            for (const { message } of items) ends.set(`${table} ${message.messageId}`, 'landed')
          },
          deadLetter: (_table, { message }, { reason }) => ends.set(`${table} ${message.messageId}`, reason),
          giveBack: (_table, items) => {
            for (const { message } of items) ends.set(`${table} ${message.messageId}`, 'given back')
          },
        },
      }),
  )
  const laneOf = (name: string) => lanes.find((lane) => lane.table === name)!
  const count = (end: string) => [...ends.values()].filter((each) => each === end).length
  return { server, lanes, ends, count }
}

const isBad = (row: Buffer) => row.includes('poison')

t.test('one bad row among 1,200 that ends its connection each time is the only dead letter', async (t) => {
  const { lanes, ends, count } = await lanesOf(
    {
      slowMs: 5,
      reply: (_table, rows) =>
        rows.some(isBad) ? statusError(3, 'INVALID_ARGUMENT: a row is malformed') : undefined,
    },
    ['x'],
  )
  const [lane] = lanes
  // some hundred bytes more a row, so that there are several requests under way at once
  for (let n = 0; n < 1200; n++) add(lane!, item(`${n}`, { s: n === 700 ? 'poison' : 's'.repeat(5000) }))
  await until(() => ends.size === 1200, 20_000)
  t.equal(ends.get('x 700'), 'row_refused')
  t.equal(count('landed'), 1199)
})

t.test('a request that is too large for the server is split, and all its rows land', async (t) => {
  const { lanes, ends, count } = await lanesOf(
    {
      reply: (_table, rows) =>
        rows.length > 100 ? statusError(8, 'Received message larger than max (5000 vs. 4000)') : undefined,
    },
    ['x'],
  )
  for (let n = 0; n < 1000; n++) add(lanes[0]!, item(`${n}`, { s: 's' }))
  await until(() => ends.size === 1000, 20_000)
  t.equal(count('landed'), 1000)
})

t.test(
  'a table whose rows end the connection again and again costs its neighbours on it none of theirs',
  async (t) => {
    const tables = Array.from({ length: 60 }, (_, n) => `t${n}`)
    const { lanes, ends, count } = await lanesOf(
      { slowMs: 2, reply: (_table, rows) => (rows.some(isBad) ? statusError(3, 'malformed') : undefined) },
      tables,
    )
    for (let n = 0; n < 20; n++) {
      for (const lane of lanes) {
        const isPoison = lane.table === 't40' && n % 5 === 0
        add(lane, item(`${n}`, { s: isPoison ? 'poison' : 's' }))
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await until(() => ends.size === 1200, 30_000)
    t.equal(count('landed'), 1196)
    t.equal(count('row_refused'), 4)
  },
)

t.test('a credential that is refused for a while costs no row', async (t) => {
  for (const code of [16, 9, 12, 15]) {
    let failures = 5
    const { lanes, ends, count } = await lanesOf(
      { reply: () => (failures-- > 0 ? statusError(code, 'not now') : undefined) },
      ['x'],
    )
    for (let n = 0; n < 50; n++) add(lanes[0]!, item(`${n}`, { s: 's' }))
    await until(() => ends.size === 50, 20_000)
    t.equal(count('landed'), 50, `${code}`)
  }
})
