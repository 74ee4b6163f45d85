import t from 'tap'
import { column } from '@tablestream/table-schema'
import { LoadJobs } from '../../src/land/load-jobs.ts'
import type { SourceLoad } from '../../src/source-load.ts'
import type { Written } from '../../src/written.ts'

const COLUMNS = new Map([['x', [column('event_id', 'STRING')]]])
const WRITTEN: Written = {
  types: { x: { table: 'x', rows: 3, deadLetters: 0, days: undefined, objects: ['rows'] } },
  letters: undefined,
}

/** Asks for what is short where the tables are dropped between the look at them and the question. */
function shortOf(isLanded: boolean): Promise<string | undefined> {
  let isDropped = false
  const warehouse = {
    name: (table: string) => table,
    table: () => Promise.resolve({}),
    query: () => {
      isDropped = true
      return Promise.reject(new Error('Not found: Table _load_1_2_0'))
    },
  }
  const workshop = { read: () => Promise.resolve(isDropped && isLanded ? { landed: 3 } : undefined) }
  const source = { parts: { warehouse }, workshop, load: { loadId: '1' }, object: { uri: 'file' } }
  const jobs = new LoadJobs(source as unknown as SourceLoad, COLUMNS, { number: 0, id: '2' })
  return jobs.short([WRITTEN])
}

t.test(
  'who landed the rows in the meantime has dropped the tables, also while they are looked at',
  async (t) => {
    t.equal(await shortOf(true), undefined)
    await t.rejects(shortOf(false), /Not found: Table/)
  },
)
