import t from 'tap'
import { LatestWaits } from '../../src/beside/latest-waits.ts'

const never = new Promise(() => {})

t.test('who waited before goes when somebody else comes, and nobody waits after the end', async (t) => {
  const waits = new LatestWaits()
  const gone: string[] = []
  const wait = (name: string) => waits.wait(never).then(() => gone.push(name))
  const first = wait('first')
  const second = wait('second')
  await first
  t.same(gone, ['first'])
  waits.end()
  await second
  await wait('third')
  t.same(gone, ['first', 'second', 'third'])
})

t.test('the latest waits until what it waits for has settled', async (t) => {
  await new LatestWaits().wait(Promise.resolve())
  t.pass()
})
