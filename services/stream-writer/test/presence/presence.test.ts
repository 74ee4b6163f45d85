import { setImmediate as turn } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { Presence } from '../../src/presence/presence.ts'
import { letTimeFly } from '../flying-time.ts'

t.beforeEach(letTimeFly)

function presenceWith(has: () => Promise<boolean>) {
  const clock = { now: 0 }
  const count = { asked: 0 }
  const presence = new Presence({
    table: 'x',
    tablesGet: {
      has() {
        count.asked++
        return has()
      },
    },
    whose: () => ({ source: '', wasThere: false }),
    logger: createLogger({ service: 'test', level: 'silent' }),
    now: () => clock.now,
  })
  return { presence, clock, count }
}

t.test('a table is there, is not, or nobody tells; an answer holds for two seconds', async (t) => {
  for (const [has, wanted] of [
    [() => Promise.resolve(true), 'yes'],
    [() => Promise.resolve(false), 'no'],
    [() => Promise.reject(new Error('403')), 'unknown'],
  ] as const) {
    const { presence, clock, count } = presenceWith(has)
    t.equal(await presence.ask(), wanted)
    clock.now += 1999
    t.equal(await presence.ask(), wanted)
    t.equal(count.asked, 1)
    clock.now += 1
    await presence.ask()
    t.equal(count.asked, 2)
  }
})

t.test(
  'it is surely absent after three answers over ten seconds, and no answer that says otherwise',
  async (t) => {
    let has = false
    const { presence, clock } = presenceWith(() => Promise.resolve(has))
    const askFor = async (ms: number) => {
      for (const end = clock.now + ms; clock.now < end; clock.now += 2500) await presence.ask()
      await presence.ask()
    }
    await presence.ask()
    clock.now = 60_000
    t.notOk(presence.isSurelyAbsent, 'one answer is not enough')
    await askFor(2500)
    t.notOk(presence.isSurelyAbsent, 'and one of long ago counts no more')
    await askFor(10_000)
    t.ok(presence.isSurelyAbsent)
    clock.now += 3_600_000
    await presence.ask()
    t.notOk(presence.isSurelyAbsent, 'nor do three')
    await askFor(10_000)
    t.ok(presence.isSurelyAbsent)
    has = true
    await askFor(2500)
    t.notOk(presence.isSurelyAbsent)
    has = false
    await askFor(7500)
    t.notOk(presence.isSurelyAbsent, 'nor are many in a short time')
    await askFor(5000)
    t.ok(presence.isSurelyAbsent)
    presence.shown()
    t.notOk(presence.isSurelyAbsent)
  },
)

t.test('an event that is given back and comes again is not looked after for ever', async (t) => {
  const { presence, clock } = presenceWith(() => Promise.resolve(false))
  for (const ms of [0, 2000, 2000, 8000]) {
    clock.now += ms
    await presence.ask()
    t.notOk(presence.isSurelyAbsent, 'the first look after a pause makes nobody sure')
  }
  clock.now += 2000
  await presence.ask()
  t.ok(presence.isSurelyAbsent)
})

t.test('an answer that nobody could give ends a row of absences', async (t) => {
  let answer = () => Promise.resolve(false)
  const { presence, clock } = presenceWith(() => answer())
  for (const failing of [false, false, true, true, true, false]) {
    answer = () => (failing ? Promise.reject(new Error('503')) : Promise.resolve(false))
    await presence.ask()
    clock.now += 2500
  }
  t.notOk(presence.isSurelyAbsent)
})

t.test('a table that is not shown for long is asked after now and then, for the log', async (t) => {
  const { presence, clock, count } = presenceWith(() => Promise.resolve(true))
  const notShown = async () => {
    presence.notShown()
    await turn()
  }
  for (; clock.now < 10_000; clock.now += 1000) await notShown()
  t.equal(count.asked, 0)
  for (; clock.now < 60_000; clock.now += 1000) await notShown()
  t.ok(count.asked >= 4 && count.asked <= 6, `${count.asked}`)
  presence.shown()
  await notShown()
  t.ok(count.asked <= 6)
})

t.test('a look that takes long is no pause, neither in the write path nor at BigQuery', async (t) => {
  const { presence, clock } = presenceWith(async () => {
    clock.now += 12_000
    return false
  })
  for (let n = 0; n < 3; n++) {
    clock.now += 2000
    const since = clock.now
    clock.now += 10_000
    await presence.ask(since)
  }
  t.ok(presence.isSurelyAbsent)
})

t.test('who asks while a call is under way waits for its answer', async (t) => {
  const answers: ((has: boolean) => void)[] = []
  const { presence, clock, count } = presenceWith(() => new Promise((resolve) => answers.push(resolve)))
  const first = presence.ask()
  clock.now += 60_000
  const second = presence.ask()
  answers[0]!(true)
  t.same(await Promise.all([first, second]), ['yes', 'yes'])
  t.equal(count.asked, 1)
})
