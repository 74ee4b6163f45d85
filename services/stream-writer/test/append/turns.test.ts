import t from 'tap'
import { Turns } from '../../src/append/turns.ts'

t.test(
  'so much work is under way at once, the rest in its order, and a failure ends a turn too',
  async (t) => {
    const turns = new Turns(2)
    const started: number[] = []
    const ends: (() => void)[] = []
    const work = (n: number) =>
      turns.take(async () => {
        started.push(n)
        await new Promise<void>(
          (resolve, reject) => (ends[n] = n === 0 ? () => reject(new Error('no')) : resolve),
        )
        return n
      })
    const all = [0, 1, 2, 3].map(work)
    t.same(started, [0, 1])
    ends[0]!()
    await t.rejects(all[0]!, { message: 'no' })
    t.same(started, [0, 1, 2])
    for (const n of [1, 2]) ends[n]!()
    t.same(await Promise.all(all.slice(1, 3)), [1, 2])
    ends[3]!()
    t.equal(await all[3], 3)
  },
)
