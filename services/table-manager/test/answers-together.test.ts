import t from 'tap'
import { AnswersTogether } from '../src/answers-together.ts'

t.test('the answers of one turn go out together, behind all that comes in it', async (t) => {
  const together = new AnswersTogether()
  const order: string[] = []
  const answer = async (name: string) => {
    order.push(`${name} comes`)
    await together.turn()
    order.push(`${name} goes`)
  }
  const first = answer('a')
  await Promise.resolve()
  await Promise.all([first, answer('b')])
  t.same(order, ['a comes', 'b comes', 'a goes', 'b goes'])
  await answer('c')
  t.equal(order.at(-1), 'c goes')
})
