import t from 'tap'
import { settleSwap, swap, type SwapNotes } from '../../src/rewind/swap.ts'

const NAMES = { table: 'orders', rewound: 'orders_rewound', kept: 'orders_before' }
const SWAP = { ...NAMES, rows: 7 }

interface Faults {
  /** Which renames fail, by the name that the table has, and with which words. */
  readonly refused?: Readonly<Record<string, string>>
  /** Renames whose answer is lost, though they are done. */
  readonly lost?: readonly string[]
  /** Rows of the table, count by count. */
  readonly rows?: number[]
  /** Another makes a table of the name, as soon as it is free. */
  readonly isMadeAnew?: boolean
}

/** Three tables of which names alone are told. */
function warehouseOf(
  { refused = {}, lost = [], rows = [], isMadeAnew = false }: Faults,
  there: readonly string[] = ['orders', 'orders_rewound'],
) {
  const done: string[] = []
  const tables = new Set(there)
  const query = (sql: string) => {
    const [, from, to] = /^ALTER TABLE (\w+) RENAME TO `(\w+)`$/.exec(sql) ?? []
    if (from === undefined || to === undefined) return Promise.resolve([{ n: rows.shift() ?? 7 }] as never)
    if (refused[from] !== undefined)
      return Promise.reject(Object.assign(new Error(refused[from]), { code: 400 }))
    if (!tables.has(from)) return Promise.reject(new Error(`Not found: ${from}`))
    if (tables.has(to)) return Promise.reject(new Error(`Already Exists: ${to}`))
    tables.delete(from)
    tables.add(to)
    done.push(`${from} → ${to}`)
    if (isMadeAnew && from === 'orders') tables.add('orders')
    return lost.includes(from) ? Promise.reject(new Error('socket hang up')) : Promise.resolve([])
  }
  const table = (name: string) => Promise.resolve(tables.has(name) ? ({} as never) : undefined)
  const noted = new Map<string, Buffer>()
  const notes: SwapNotes = {
    read: <T>(name: string) =>
      Promise.resolve(noted.has(name) ? (JSON.parse(String(noted.get(name))) as T) : undefined),
    put: (name, bytes) => Promise.resolve(void noted.set(name, bytes)),
    remove: (names) => Promise.resolve(names.forEach((name) => noted.delete(name))),
  }
  return { done, tables, noted, notes, warehouse: { name: (each: string) => each, query, table } }
}

t.test('the table gets another name, and the rewound one its own', async (t) => {
  const { done, notes, noted, warehouse } = warehouseOf({})
  await swap(warehouse, notes, SWAP)
  t.same(done, ['orders → orders_before', 'orders_rewound → orders'])
  t.equal(noted.size, 0)
})

t.test('a table that is streamed into is refused with what to do, and stays what it is', async (t) => {
  const orders = 'Table p:d.orders cannot be renamed: it has streaming data.'
  const { done, notes, noted, warehouse } = warehouseOf({ refused: { orders } })
  await t.rejects(swap(warehouse, notes, SWAP), {
    rule: 'swap_refused',
    message:
      /usually five: Table p:d\.orders cannot .*\nLet no stream-writer run.*start it again\.\norders is what it was/s,
  })
  t.same(done, [])
  t.equal(noted.size, 0)
})

t.test('what else keeps it from its name is told in its own words', async (t) => {
  const { notes, warehouse } = warehouseOf({ refused: { orders: 'Access Denied' } })
  await t.rejects(swap(warehouse, notes, SWAP), {
    message: /^orders could not be renamed: Access Denied\. orders is what it was/,
  })
})

t.test(
  'rows that came after the comparison are seen before a name is given, and behind the first',
  async (t) => {
    const message = /orders had 7 rows when it was compared, and has 8/
    const early = warehouseOf({ rows: [8] })
    await t.rejects(swap(early.warehouse, early.notes, SWAP), { rule: 'swap_refused', message })
    t.same(early.done, [])
    const late = warehouseOf({ rows: [7, 8] })
    await t.rejects(swap(late.warehouse, late.notes, SWAP), { rule: 'swap_refused', message })
    t.same(late.done, ['orders → orders_before', 'orders_before → orders'])
  },
)

t.test('a second rename that fails is taken back', async (t) => {
  const { done, notes, warehouse } = warehouseOf({ refused: { orders_rewound: 'Internal error' } })
  await t.rejects(swap(warehouse, notes, SWAP), { rule: 'swap_refused', message: /Internal error/ })
  t.same(done, ['orders → orders_before', 'orders_before → orders'])
})

t.test('renames whose answers are lost are told by what is there', async (t) => {
  const first = warehouseOf({ lost: ['orders'] })
  await t.rejects(swap(first.warehouse, first.notes, SWAP), { message: /orders is what it was/ })
  t.same([...first.tables].toSorted(), ['orders', 'orders_rewound'])
  const second = warehouseOf({ lost: ['orders_rewound'] })
  await swap(second.warehouse, second.notes, SWAP)
  t.same([...second.tables].toSorted(), ['orders', 'orders_before'])
})

t.test('a rename that is done after nobody heard of it is taken back by the next rewind', async (t) => {
  const { tables, notes, noted, warehouse } = warehouseOf({})
  const deaf = {
    ...warehouse,
    query: (sql: string) => (sql.startsWith('ALTER') ? hangUp() : warehouse.query(sql)),
  }
  const hangUp = () => Promise.reject(new Error('socket hang up'))
  await t.rejects(swap(deaf, notes, SWAP), { message: /socket hang up/ })
  t.equal(noted.size, 1, 'it stays noted')
  tables.delete('orders')
  tables.add('orders_before')
  t.match(await settleSwap(warehouse, notes), /before orders was swapped/)
  t.same([...tables].toSorted(), ['orders', 'orders_rewound'])
})

t.test(
  'a table that somebody makes meanwhile keeps its name, and it is told where the rows are',
  async (t) => {
    const { tables, notes, noted, warehouse } = warehouseOf({ isMadeAnew: true })
    const message =
      /orders was made anew .* rows are in orders_before, and the rewound ones in orders_rewound/
    await t.rejects(swap(warehouse, notes, SWAP), { rule: 'swap_unfinished', message })
    t.equal(noted.size, 1, 'it stays noted')
    tables.delete('orders')
    t.match(await settleSwap(warehouse, notes), /before orders was swapped/)
    t.same([...tables].toSorted(), ['orders', 'orders_rewound'])
  },
)

t.test('a swap that was killed behind any of its statements is settled', async (t) => {
  for (const [there, words, after] of [
    [['orders', 'orders_rewound'], /before orders was swapped/, ['orders', 'orders_rewound']],
    [['orders_before', 'orders_rewound'], /before orders was swapped/, ['orders', 'orders_rewound']],
    [
      ['orders_before', 'orders'],
      /behind its swap: .* what it was is orders_before/,
      ['orders', 'orders_before'],
    ],
  ] as const) {
    const { tables, notes, noted, warehouse } = warehouseOf({}, there)
    t.equal(await settleSwap(warehouse, notes), undefined)
    await notes.put('swap.json', Buffer.from(JSON.stringify(NAMES)))
    t.match(await settleSwap(warehouse, notes), words)
    t.same([...tables].toSorted(), after)
    t.equal(noted.size, 0)
  }
})
