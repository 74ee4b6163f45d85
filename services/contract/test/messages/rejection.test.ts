import fc from 'fast-check'
import t from 'tap'
import { shorten } from '../../src/messages/rejection.ts'

t.test('what is told of a value is well-formed, whatever it was cut from', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    // halves of characters, as V8 quotes them in its errors
    fc.array(fc.constantFrom('\ud83d', '\ude00', 'a'), { maxLength: 600 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (whole) => {
      const short = shorten(whole)
      return (
        short.isWellFormed() && short.length <= 513 && (whole.length > 512 || short === whole.toWellFormed())
      )
    }),
  )
  t.end()
})
