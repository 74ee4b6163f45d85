import t from 'tap'
import { poll } from '../../../scripts/poll.ts'
import { SliceTurns, type Slices } from '../src/slices.ts'

/** Turns of a thread that works by these steps alone. */
function turnsOfWork() {
  let ms = 0
  const turns = new SliceTurns(
    () => undefined,
    () => ms,
  )
  return { turns, work: (more: number) => void (ms += more) }
}

t.test('between two slices others of this thread have a turn, and other threads the core', async (t) => {
  const went: string[] = []
  await new SliceTurns(() => went.push('rest')).run('one', async (slices) => {
    await slices.next()
    went.length = 0
    await poll(() => slices.isOver || undefined, { timeoutMs: 60_000, what: 'the end of a slice' })
    setImmediate(() => went.push('another'))
    await slices.next()
    t.same(went, ['rest', 'another'])
  })
})

t.test('who has short steps has as much of the thread as who has long ones', async (t) => {
  const { turns, work } = turnsOfWork()
  const done = new AbortController()
  let count = 0
  const long = Array.from({ length: 2 }, () =>
    turns.run('long', async (slices) => {
      while (!done.signal.aborted) {
        await slices.next()
        count++
        work(50)
      }
    }),
  )
  await new Promise(setImmediate)
  await turns.run('short', async (slices) => {
    for (let n = 0; n < 200; n++) {
      await slices.next()
      work(0.5)
    }
  })
  done.abort()
  await Promise.all(long)
  t.ok(count <= 6, `${count} steps of 50 ms beside 200 of half a millisecond`)
})

t.test('who comes later has its turn next, however much others have had before', async (t) => {
  const { turns, work } = turnsOfWork()
  const went: string[] = []
  const step = async (who: string, slices: Slices) => {
    await slices.next()
    went.push(who)
    work(5)
  }
  await turns.run('first', async (slices) => {
    await step('first', slices)
    await step('first', slices)
    const second = turns.run('second', (own) => step('second', own))
    await step('first', slices)
    await second
  })
  t.same(went, ['first', 'first', 'second', 'first'])
})

t.test('who has waited for something else has nothing to make up for', async (t) => {
  const { turns, work } = turnsOfWork()
  const away = Promise.withResolvers<void>()
  const went: string[] = []
  const one = turns.run('one', async (slices) => {
    await away.promise
    for (let n = 0; n < 20; n++) {
      await slices.next()
      went.push('one')
      work(5)
    }
  })
  await turns.run('another', async (slices) => {
    for (let n = 0; n < 40; n++) {
      if (n === 20) away.resolve()
      await slices.next()
      went.push('another')
      work(5)
    }
  })
  await one
  const begun = went.indexOf('one')
  t.same(went.slice(begun, begun + 4), ['one', 'another', 'one', 'another'])
})

t.test('what was done before a work waits for something else counts as much', async (t) => {
  const { turns, work } = turnsOfWork()
  const done = new AbortController()
  const had = { waiting: 0, busy: 0 }
  const publishing = Array.from({ length: 4 }, async () => {
    while (!done.signal.aborted)
      await turns.run('waiting', async (slices) => {
        await slices.next()
        work(1)
        had.waiting++
        for (let n = 0; n < 3; n++) await new Promise(setImmediate)
        await slices.next()
      })
  })
  await turns.run('busy', async (slices) => {
    for (; had.busy < 500; had.busy++) {
      await slices.next()
      work(1)
    }
  })
  done.abort()
  await Promise.all(publishing)
  t.ok(had.waiting < 1.2 * had.busy, `${had.waiting} beside ${had.busy}`)
})
