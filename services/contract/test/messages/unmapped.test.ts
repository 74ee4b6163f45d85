import t from 'tap'
import { ROW_BYTES, unmappedText } from '../../src/messages/unmapped.ts'

t.test('values that no column takes are told by their paths, with all their digits', (t) => {
  const leftOut = [
    { path: '/a', value: 2n ** 63n },
    { path: '/b/0', value: ['x'] },
    { path: '/a', value: 2n ** 70n },
  ]
  t.equal(unmappedText(leftOut), '{"/a":"1180591620717411303424","/b/0":["x"]}')
  t.equal(unmappedText([]), '{}')
  t.end()
})

t.test('where the paths alone are more than a row may have, none is written', (t) => {
  const key = 'k'.repeat(1_000_000)
  // written they would be a hundred gigabytes
  const leftOut = Array.from({ length: 100_000 }, (_, n) => ({ path: `/${key}/${n}`, value: 1 }))
  const before = process.memoryUsage().rss
  t.match(unmappedText(leftOut), {
    reason: 'row_too_large',
    message: new RegExp(`^the row has 100000\\d+ bytes, ${ROW_BYTES} is the limit$`),
  })
  t.ok(process.memoryUsage().rss - before < 100e6)
  t.end()
})
