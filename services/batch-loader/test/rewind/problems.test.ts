import t from 'tap'
import { problemsOf, type ToCheck } from '../../src/rewind/problems.ts'

const FINE: ToCheck = {
  table: 'orders',
  rewound: 'orders_rewound',
  published: 'published_messages',
  eventType: 'order',
  since: '2026-11-28T00:00:00.000Z',
  until: '2026-11-29T00:00:00.000Z',
  rowsAhead: 10,
  carried: 3,
  landed: 6,
  deadLetters: 1,
  rows: { before: 10, after: 9, gone: 1, added: 0, copies: 0, doubled: 0 },
}

/** @param lost events without a row that nobody published */
function checked(changes: Partial<ToCheck>, lost = 0) {
  const query = () => Promise.resolve([{ n: lost }] as never)
  return problemsOf({ name: (table: string) => table, query }, { ...FINE, ...changes })
}

t.test('a rewind whose sums come out has no problem', async (t) => {
  t.same(await checked({}), [])
})

t.test(
  'a row that somebody wrote behind the carrying over is a problem, whether it is compared or not',
  async (t) => {
    t.match(await checked({ rowsAhead: 9 }), [/^orders had 9 rows when they were carried over, and 10 when/])
    t.match(await checked({}, 1), [/^1 events have no row any more, and nobody published them/])
    t.match(await checked({ rows: { ...FINE.rows, gone: 2 } }), [
      /^2 events have no row any more, and 1 messages/,
    ])
  },
)

t.test('rows that two rewinds brought into one table are a problem', async (t) => {
  const rows = { ...FINE.rows, after: 18, doubled: 9 }
  t.match(await checked({ rows }), [
    /^orders_rewound has 18 rows, and not the 3 that were carried over and the 6 that were made$/,
    /^9 events have more rows in orders_rewound than in orders$/,
  ])
})
