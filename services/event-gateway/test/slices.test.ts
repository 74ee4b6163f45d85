import t from 'tap'
import { poll } from '../../../scripts/poll.ts'
import { Slices } from '../src/slices.ts'

t.test('between two slices others of this thread have a turn, and other threads the core', async (t) => {
  const went: string[] = []
  const slices = new Slices(() => went.push('rest'))
  await poll(() => slices.isOver || undefined, { timeoutMs: 60_000, what: 'the end of a slice' })
  setImmediate(() => went.push('another'))
  await slices.next()
  t.same(went, ['rest', 'another'])
})
