import t from 'tap'
import { swap } from '../../src/rewind/swap.ts'

const SWAP = { table: 'orders', rewound: 'orders_rewound', kept: 'orders_before', rows: 7 }

/** @param refused which renames fail, by the name that the table has, and with which words */
function warehouseOf(refused: Readonly<Record<string, string>>, rows = 7) {
  const done: string[] = []
  const query = (sql: string) => {
    const [, from, to] = /^ALTER TABLE (\w+) RENAME TO `(\w+)`$/.exec(sql) ?? []
    if (from === undefined) return Promise.resolve([{ n: rows }] as never)
    if (refused[from] !== undefined) return Promise.reject(new Error(refused[from]))
    done.push(`${from} → ${to}`)
    return Promise.resolve([])
  }
  return { done, warehouse: { name: (table: string) => table, query } }
}

t.test('the table gets another name, and the rewound one its own', async (t) => {
  const { done, warehouse } = warehouseOf({})
  await swap(warehouse, SWAP)
  t.same(done, ['orders → orders_before', 'orders_rewound → orders'])
})

t.test('a table that is streamed into is refused with what to do, and stays what it is', async (t) => {
  const { done, warehouse } = warehouseOf({
    orders: 'Table p:d.orders cannot be renamed: it has streaming data.',
  })
  await t.rejects(swap(warehouse, SWAP), {
    rule: 'swap_refused',
    message:
      /usually five: Table p:d\.orders cannot .*\nLet no stream-writer run.*start it again\.\norders is what it was/s,
  })
  t.same(done, [])
})

t.test('what else keeps it from its name is told in its own words', async (t) => {
  const { warehouse } = warehouseOf({ orders: 'Access Denied' })
  await t.rejects(swap(warehouse, SWAP), {
    message: /^orders could not be renamed: Access Denied\. orders is what it was/,
  })
})

t.test('rows that came after the comparison, and a second rename that fails, are taken back', async (t) => {
  for (const [{ done, warehouse }, why] of [
    [warehouseOf({}, 8), 'orders had 7 rows when it was compared, and has 8'],
    [warehouseOf({ orders_rewound: 'Already Exists: Table p:d.orders' }), 'Already Exists'],
  ] as const) {
    await t.rejects(swap(warehouse, SWAP), { rule: 'swap_refused', message: new RegExp(why) })
    t.same(done, ['orders → orders_before', 'orders_before → orders'])
  }
})
