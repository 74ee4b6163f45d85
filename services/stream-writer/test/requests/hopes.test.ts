import t from 'tap'
import { Hopes } from '../../src/requests/hopes.ts'

t.test('the widest hopes are given up first', (t) => {
  const hopes = new Hopes(100)
  const given: string[] = []
  const table = (name: string) => ({ giveUpHope: () => void given.push(name) })
  const [wide, narrow, other] = [table('wide'), table('narrow'), table('other')]
  hopes.set(narrow, 10)
  hopes.set(wide, 60)
  hopes.set(wide, 80)
  t.same(given, [])
  hopes.set(other, 30)
  t.same(given, ['wide'])
  t.equal(hopes.columns, 40)
  hopes.set(wide, 200)
  t.same(given, ['wide', 'wide'], 'one that is too wide alone has none')
  hopes.set(narrow, 0)
  t.equal(hopes.columns, 30)
  t.end()
})
