import fc from 'fast-check'
import t from 'tap'
import { piecesOf } from '../../page/marks.ts'

const place = (text_start: number, text_end: number, missing = false) => ({
  text_start,
  text_end,
  missing,
  message: '',
})
const marked = (text: string, places: Parameters<typeof piecesOf>[1]) =>
  piecesOf(text, places)
    .filter(({ mark }) => mark !== undefined)
    .map(({ start, end }) => text.slice(start, end))

t.test('each wrong place is marked; of an object that lacks a field its brace', (t) => {
  t.same(marked('{"a":1,"b":2}', [place(11, 12), place(5, 6)]), ['1', '2'])
  t.same(marked('{"a":1}', [place(0, 7, true), place(5, 6)]), ['{', '1'])
  t.same(marked('abc', []), [])
  t.end()
})

t.test('the pieces are the text, whatever the places are', (t) => {
  const places = fc.array(
    fc.tuple(fc.integer({ min: -3, max: 30 }), fc.integer({ min: -3, max: 30 }), fc.boolean()),
  )
  fc.assert(
    fc.property(fc.string(), places, (text, some) => {
      const pieces = piecesOf(
        text,
        some.map((each) => place(...each)),
      )
      return pieces.map(({ start, end }) => text.slice(start, end)).join('') === text
    }),
  )
  t.end()
})
