import t from 'tap'
import { WriteTurns, type TurnKind } from '../../../src/bigquery/store/write-turns.ts'

async function orderOf(kinds: readonly TurnKind[]): Promise<string> {
  const turns = new WriteTurns()
  const done: string[] = []
  let open = () => {}
  const first = turns.take('change', () => new Promise<void>((resolve) => (open = resolve)))
  const work = kinds.map((kind, at) =>
    turns.take(kind, async () => {
      done.push(`${kind[0]}${at}`)
    }),
  )
  open()
  await Promise.all([first, ...work])
  return done.join(' ')
}

t.test('a read waits for one change, and a change for one read; the rest comes behind them', async (t) => {
  const order = await orderOf(['spare', 'change', 'change', 'change', 'read', 'read'])
  t.equal(order, 'r4 c1 r5 c2 c3 s0')
})

t.test('work of one kind keeps its order', async (t) => {
  t.equal(await orderOf(['change', 'change', 'change']), 'c0 c1 c2')
})

t.test('work that fails is told to who asked for it, and the next has its turn', async (t) => {
  const turns = new WriteTurns()
  const failed = turns.take('read', () => Promise.reject(new Error('no')))
  const next = turns.take('read', () => Promise.resolve('yes'))
  await t.rejects(failed, { message: 'no' })
  t.equal(await next, 'yes')
})
