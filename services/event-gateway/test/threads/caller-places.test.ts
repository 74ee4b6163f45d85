import t from 'tap'
import { CallerPlaces } from '../../src/threads/caller-places.ts'

t.test(
  'a caller has its works in one place, and another one elsewhere, as long as there is room',
  async (t) => {
    const places = new CallerPlaces(['left', 'right'])
    const went: string[] = []
    const begin = (caller: string) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const done = places.run(caller, (place) => {
        went.push(`${caller} ${place}`)
        return promise
      })
      return { done, resolve, reject }
    }
    const [first, second, third] = [begin('a'), begin('a'), begin('a')]
    const [ofB] = [begin('b'), begin('c')]
    t.same(went.splice(0), ['a left', 'a left', 'a left', 'b right', 'c right'])
    first.resolve()
    second.reject(new Error('no'))
    await first.done
    await t.rejects(second.done)
    begin('a').resolve()
    t.same(went.splice(0), ['a left'], 'as long as one of its own is there')
    third.resolve()
    ofB.resolve()
    await Promise.all([third.done, ofB.done])
    begin('b').resolve()
    t.same(went, ['b left'], 'where the fewest are')
  },
)
