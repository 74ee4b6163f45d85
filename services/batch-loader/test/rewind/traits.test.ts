import t from 'tap'
import { patchOf, traitsOf, type MetadataOfTraits, type TableTraits } from '../../src/google/table-traits.ts'
import { inheritTraits, refuseHidden } from '../../src/rewind/traits.ts'

const PARTITION = { type: 'DAY', field: 'event_date' }
const SECRET = { names: ['projects/p/locations/us/taxonomies/1/policyTags/2'] }
const OWN: MetadataOfTraits = {
  schema: {
    fields: [
      { name: 'event_id', type: 'STRING' },
      { name: 'mail', type: 'STRING', policyTags: SECRET },
      { name: 'user', type: 'RECORD', fields: [{ name: 'phone', type: 'STRING', policyTags: SECRET }] },
    ],
  },
  labels: { team: 'shop' },
  description: 'Orders of the shop',
  encryptionConfiguration: { kmsKeyName: 'projects/p/locations/us/keyRings/r/cryptoKeys/k' },
  timePartitioning: { ...PARTITION, expirationMs: '86400000' },
  clustering: { fields: ['customer_id'] },
}
const MADE: MetadataOfTraits = {
  schema: {
    fields: [
      { name: 'event_id', type: 'STRING' },
      {
        name: 'user',
        type: 'RECORD',
        fields: [{ name: 'phone', type: 'STRING', description: 'key: Phone' }],
      },
    ],
  },
  labels: { made_by: 'rewind' },
  timePartitioning: PARTITION,
  clustering: { fields: ['customer_id'] },
}

/** @returns what the rewound table is changed by */
async function inherited(own: MetadataOfTraits, made: MetadataOfTraits): Promise<object[]> {
  const changes: object[] = []
  const warehouse = {
    traits: (table: string) => Promise.resolve(traitsOf(table === 'orders' ? own : made)),
    setTraits: (table: string, traits: Partial<TableTraits>) => {
      t.equal(table, 'orders_rewound')
      changes.push(patchOf(made, traits))
      return Promise.resolve()
    },
  }
  await inheritTraits(warehouse, 'orders', 'orders_rewound')
  return changes
}

t.test('a rewound table has what its table has beside columns and rows', async (t) => {
  t.same(await inherited(OWN, MADE), [
    {
      description: OWN.description,
      encryptionConfiguration: OWN.encryptionConfiguration,
      labels: { team: 'shop', made_by: 'rewind' },
      timePartitioning: OWN.timePartitioning,
      schema: {
        fields: [
          { name: 'event_id', type: 'STRING' },
          {
            name: 'user',
            type: 'RECORD',
            fields: [{ name: 'phone', type: 'STRING', description: 'key: Phone', policyTags: SECRET }],
          },
        ],
      },
    },
  ])
})

t.test('one that is partitioned or clustered in another way by hand is refused by name', async (t) => {
  const clustered = { ...OWN, clustering: { fields: ['status'] } }
  await t.rejects(inherited(clustered, MADE), {
    rule: 'traits_differ',
    message: /orders has the clustering \["status"\], and orders_rewound, .* \["customer_id"\]/,
  })
  const { timePartitioning: _, ...whole } = OWN
  await t.rejects(inherited(whole, MADE), { message: /orders has the partition null/ })
})

t.test('what is hidden or masked from the account is refused, by the word of the job that read it', (t) => {
  t.doesNotThrow(() => refuseHidden('orders', {}))
  const rows = { rowLevelSecurityStatistics: { rowLevelSecurityApplied: true } }
  t.throws(() => refuseHidden('orders', { statistics: rows }), {
    rule: 'rows_are_hidden',
    message: /orders has row access policies/,
  })
  const masked = { dataMaskingStatistics: { dataMaskingApplied: true } }
  t.throws(() => refuseHidden('orders', { statistics: masked }), {
    rule: 'values_are_masked',
    message: /Fine-Grained Reader/,
  })
  t.end()
})
