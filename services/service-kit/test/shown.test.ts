import fc from 'fast-check'
import t from 'tap'
import { shown, shownError, shownLines } from '../src/shown.ts'

const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

t.test('nothing that a terminal obeys is left of any text, and plain text is as it was', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isShort) => {
      const told = shown(text, { isShort })
      return !OBEYED.test(told) && (OBEYED.test(text) || told === text)
    }),
  )
  t.end()
})

t.test('line ends and tabs have short forms for who asks for them', (t) => {
  const text = 'a\u001B[2J\r\n\tb\u{E0001}\u202E'
  t.equal(shown(text), String.raw`a\u001b[2J\u000d\u000a\u0009b\u{e0001}\u202e`)
  t.equal(shown(text, { isShort: true }), String.raw`a\u001b[2J\r\n\tb\u{e0001}\u202e`)
  t.end()
})

t.test('lines stay lines, and an error says its own', (t) => {
  t.equal(shownLines('one\r\ntwo\u0007'), `${String.raw`one\u000d`}\n${String.raw`two\u0007`}`)
  t.equal(shownError(new Error('no \u001B[2J')), String.raw`no \u001b[2J`)
  t.equal(shownError('no'), 'no')
  t.end()
})
