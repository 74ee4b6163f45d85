import fc from 'fast-check'
import t from 'tap'
import { divide } from '../src/divide.ts'

t.test('each item is asked once, and is on one side', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.infiniteStream(fc.boolean()), (items, answers) => {
      let asked = 0
      const [passing, others] = divide(items, () => {
        asked++
        return answers.next().value as boolean
      })
      return asked === items.length && passing.length + others.length === items.length
    }),
  )
  t.end()
})
