import t from 'tap'
import { masked, readFieldMask } from '../../src/storage/field-mask.ts'

const file = { name: 'f', size: '1', metadata: { mtime: '5', mode: '600', color: 'red' } }
const answer = { items: [file], nextPageToken: 'n' }
const wanted = (fields: string) => masked(answer, readFieldMask(fields))

t.test('paths that begin alike each get what they name, as gcloud storage rsync asks', (t) => {
  t.same(wanted('items/name,items/metadata/mtime,items/metadata/mode'), {
    items: [{ name: 'f', metadata: { mtime: '5', mode: '600' } }],
  })
  t.same(wanted('items(name,metadata/mtime),items/metadata(mode)'), {
    items: [{ name: 'f', metadata: { mtime: '5', mode: '600' } }],
  })
  t.end()
})

t.test('who asks for a part and for all of it gets all of it, in either order', (t) => {
  const whole = { items: [{ metadata: file.metadata }] }
  t.same(wanted('items/metadata/mtime,items/metadata'), whole)
  t.same(wanted('items/metadata,items/metadata/mtime'), whole)
  t.same(wanted('items/metadata/*,nextPageToken'), { ...whole, nextPageToken: 'n' })
  t.end()
})
