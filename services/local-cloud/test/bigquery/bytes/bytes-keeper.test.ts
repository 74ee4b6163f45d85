import t from 'tap'
import { BytesKeeper } from '../../../src/bigquery/bytes/bytes-keeper.ts'
import type { Table } from '../../../src/bigquery/table/table.ts'

const table = (incarnation: string): Table => ({
  reference: { projectId: 'p', datasetId: 'd', tableId: incarnation },
  spec: {},
  fields: [],
  etag: '',
  incarnation,
  creationTime: 0,
  lastModifiedTime: 0,
})

t.test(
  'large tables are summed once rows come no more, a part after the other, and each again when rows came',
  async (t) => {
    const { mock } = await import('node:test')
    mock.timers.enable({ apis: ['setInterval'] })
    t.teardown(() => mock.timers.reset())
    const summed: string[] = []
    let parts = 3
    let touched = new Set<string>()
    let now = 1_000_000
    const streamed = new Map<string, number>()
    const keeper = new BytesKeeper({
      catalog: { tables: { all: () => [table('one'), table('two')] } as never },
      marks: {
        takeTouched: () => {
          const all = touched
          touched = new Set()
          return all
        },
        streamedAt: (incarnation) => streamed.get(incarnation),
      },
      knownBytes: {
        keepUp: async ({ reference }) => {
          summed.push(reference.tableId)
          return reference.tableId === 'one' && --parts > 0
        },
      },
      now: () => now,
    })
    const pass = async () => {
      now += 1000
      mock.timers.tick(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await pass()
    t.same(summed.splice(0), ['one', 'one', 'one', 'two'], 'those that were there at the start')
    await pass()
    t.same(summed.splice(0), [], 'nothing came')
    touched.add('two')
    streamed.set('two', now)
    await pass()
    t.same(summed.splice(0), [], 'rows still come')
    await pass()
    t.same(summed.splice(0), ['two'])
    touched.add('two').add('gone')
    for (let second = 0; second < 29; second++) {
      streamed.set('two', now)
      await pass()
    }
    t.same(summed.splice(0), [])
    for (let second = 0; second < 2; second++) {
      streamed.set('two', now)
      await pass()
    }
    t.same(summed.splice(0), ['two'], 'where rows never cease, every half minute')
    await keeper.close()
  },
)
