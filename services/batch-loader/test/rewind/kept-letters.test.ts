import t from 'tap'
import { KeptLetters } from '../../src/rewind/kept-letters.ts'

t.test(
  'letters are published as they were kept, some hundreds at a time, and none where there are none',
  async (t) => {
    const kept = new KeptLetters()
    t.teardown(() => kept.remove())
    const letters = Array.from({ length: 1201 }, (_, number) => ({
      data: Buffer.from([number % 256, 0, 255]),
      attributes: { 'dead-letter-message-id': `m${number}`, text: 'a\nb' },
    }))
    t.equal(await kept.publish(() => Promise.reject(new Error('there are none'))), 0)
    await kept.keep(letters.slice(0, 700))
    await kept.keep(letters.slice(700))
    const batches: number[] = []
    const published: unknown[] = []
    const count = await kept.publish((batch) => {
      batches.push(batch.length)
      published.push(...batch)
      return Promise.resolve()
    })
    t.equal(count, 1201)
    t.same(batches, [500, 500, 201])
    t.same(published, letters)
  },
)
