import t from 'tap'
import { Inserter } from '../../../src/bigquery/store/inserter.ts'
import { linesOf } from '../../../src/bigquery/table/line-writer.ts'
import { insertTarget } from '../../../src/bigquery/table/physical.ts'

t.test('statements are kept for 20,000 columns, however many sets of columns rows have', async (t) => {
  const fields = Array.from({ length: 6000 }, (_, n) => ({ name: `c${n}`, type: 'INTEGER' }))
  const reference = { projectId: 'p', datasetId: 'd', tableId: 't' }
  let alive = 0
  let most = 0
  const prepare = async () => {
    most = Math.max(most, ++alive)
    return { bind: () => {}, run: async () => {}, destroySync: () => alive-- }
  }
  const inserter = new Inserter({ prepare } as never)
  const table = {
    reference,
    spec: {},
    fields,
    etag: '',
    creationTime: 0,
    lastModifiedTime: 0,
    incarnation: 'i',
  }
  const target = insertTarget(table)
  for (let set = 0; set < 10; set++) {
    const row = Object.fromEntries(fields.filter((_, n) => n % 10 >= set % 5).map(({ name }) => [name, 1]))
    await inserter.insertLines(target, 'append', [linesOf([JSON.stringify({ ...row, [`c${set}`]: 2 })])])
  }
  t.equal(most, 4)
  inserter.close()
  t.equal(alive, 0)
})
