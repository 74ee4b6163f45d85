import t from 'tap'
import type { Grant } from '../../src/google/table-grants.ts'
import { inheritGrants } from '../../src/rewind/grants.ts'

const VIEWERS: Grant = {
  role: 'roles/bigquery.dataViewer',
  members: ['user:ann@example.com', 'group:data@example.com'],
}
const FOR_A_WHILE: Grant = {
  role: 'roles/bigquery.dataEditor_withcond_1a2b3c',
  members: ['user:bob@example.com'],
}

/** @returns what was granted on the rewound table, and what is told */
async function inherited(grants: readonly Grant[] | undefined, mayGrant = true) {
  const made: (readonly Grant[])[] = []
  const warehouse = {
    grants: () => Promise.resolve(grants),
    setGrants: (table: string, all: readonly Grant[]) => {
      t.equal(table, 'orders_rewound')
      made.push(all)
      return Promise.resolve(mayGrant || undefined)
    },
  }
  return { told: await inheritGrants(warehouse, 'orders', 'orders_rewound'), made }
}

t.test('a rewound table has what is granted on its table', async (t) => {
  t.same(await inherited([VIEWERS]), { told: [], made: [[VIEWERS]] })
  t.same(await inherited([]), { told: [], made: [] }, 'nobody asks for what needs no right')
})

t.test('what cannot be granted is told by role and member', async (t) => {
  const forbidden = await inherited([VIEWERS], false)
  t.same(forbidden.told, [
    'orders_rewound has not what is granted on orders itself: roles/bigquery.dataViewer to user:ann@example.com, group:data@example.com',
  ])
  const conditional = await inherited([VIEWERS, FOR_A_WHILE])
  t.same(conditional.made, [[VIEWERS]])
  t.same(conditional.told, [
    'orders_rewound has not what is granted on orders itself: roles/bigquery.dataEditor with a condition to user:bob@example.com',
  ])
  const unseen = await inherited(undefined)
  t.match(unseen.told, [/may not see what is granted on orders itself/])
})
