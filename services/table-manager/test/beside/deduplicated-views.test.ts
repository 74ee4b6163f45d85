import { createLogger } from '@tablestream/service-kit'
import { useTypeField } from '@tablestream/contract'
import t from 'tap'
import { createDeduplicatedViews } from '../../src/beside/deduplicated-views.ts'
import { stateOf, type TableMetadata } from '../../src/bigquery/table-metadata.ts'

interface Kept {
  readonly view: string
  readonly query: string
  readonly isNew: boolean
}

function views(keepView = () => Promise.resolve()) {
  const kept: Kept[] = []
  const made = createDeduplicatedViews(
    {
      keepView(view, query, _fields, isNew) {
        kept.push({ view, query, isNew })
        return keepView()
      },
    },
    'p.d',
    createLogger({ service: 'test', level: 'silent' }),
  )
  return { kept, made }
}
const KEY = ['event_type', '_source', 'event_id', '_fingerprint', 'event_date']
const table = (names: readonly string[], others: TableMetadata = {}) =>
  stateOf({
    schema: { fields: names.map((name) => ({ name, type: 'STRING' })) },
    creationTime: '1',
    lastModifiedTime: '1',
    ...others,
  })

t.test(
  'a table gets its view when it is made, and again when its columns change, not when rows come',
  async (t) => {
    const { kept, made } = views()
    made.keep('x', table(KEY, { etag: '1' }))
    made.keep('x', table(KEY, { etag: '2', lastModifiedTime: '2' }))
    made.keep('x', table([...KEY, 'n'], { etag: '3', lastModifiedTime: '3' }))
    await made.close()
    t.match(kept, [
      {
        view: 'x_deduplicated',
        isNew: true,
        query: /PARTITION BY event_type, _source, event_id, _fingerprint, IF\(_fingerprint IS NULL/,
      },
      { view: 'x_deduplicated', isNew: false },
    ])
    t.equal(kept.length, 2)
  },
)

t.test(
  'where a filter on the day is required, the day belongs to the key; what a table does not have does not',
  async (t) => {
    const { kept, made } = views()
    made.keep('filtered', table(KEY, { requirePartitionFilter: true }))
    made.keep('old', table(['event_id', 'event_date']))
    await made.close()
    t.match(kept[0]!.query, /_fingerprint, event_date ORDER BY/)
    t.match(kept[1]!.query, /PARTITION BY event_id, event_date ORDER BY/)
  },
)

t.test('a view that could not be kept is tried again by the next look at the table', async (t) => {
  const { kept, made } = views(() => Promise.reject(new Error('down')))
  made.keep('x', table(KEY))
  await made.close()
  const before = kept.length
  made.keep('x', table(KEY))
  await made.close()
  t.ok(kept.length > before)
})

t.test('an event is told by its type, whatever the column of that is called', async (t) => {
  useTypeField('kind')
  t.teardown(() => useTypeField('event_type'))
  const { kept, made } = views()
  made.keep('x', table([...KEY, 'kind']))
  const fields = [...KEY.map((name) => ({ name, type: 'STRING' })), { name: 'kind', type: 'JSON' }]
  made.keep('old', table([], { schema: { fields } }))
  await made.close()
  t.match(kept[0]!.query, /PARTITION BY `kind`, _source, event_id, _fingerprint,/)
  t.match(kept[1]!.query, /PARTITION BY _source, event_id, _fingerprint,/)
})
