import { setImmediate as turn } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { Presence } from '../../src/presence/presence.ts'
import { inTurns } from '../../src/presence/tables-get.ts'

const CALL_MS = 50
const WATCH_MS = 2000

/** A clock that goes on to the next thing that anybody waits for. */
class Clock {
  now = 0
  isOver = false
  readonly #due: { readonly at: number; readonly wake: () => void }[] = []

  /** Nobody waits any more. */
  end(): void {
    this.isOver = true
    for (const { wake } of this.#due.splice(0)) wake()
  }

  sleep(ms: number): Promise<void> {
    if (this.isOver) return Promise.resolve()
    return new Promise((wake) => {
      const at = this.now + ms
      const place = this.#due.findLastIndex((each) => each.at <= at)
      this.#due.splice(place + 1, 0, { at, wake })
    })
  }

  async run(until: number): Promise<void> {
    for (;;) {
      await turn()
      const next = this.#due[0]
      if (!next || next.at > until) break
      this.now = next.at
      this.#due.shift()!.wake()
    }
    this.now = until
  }
}

/** So many tables that are not there, each watched as a lane does. */
function watchAbsent(clock: Clock, count: number, sourceOf: (n: number) => string) {
  const tablesGet = inTurns(async () => {
    await clock.sleep(CALL_MS)
    return false
  })
  const logger = createLogger({ service: 'test', level: 'silent' })
  const presenceOf = (table: string, source: string, wasThere = false) =>
    new Presence({ table, tablesGet, whose: () => ({ source, wasThere }), logger, now: () => clock.now })
  const sureAt: number[] = []
  for (let n = 0; n < count; n++) {
    const presence = presenceOf(`t${n}`, sourceOf(n))
    void (async () => {
      while (!presence.isSurelyAbsent && !clock.isOver) {
        await presence.ask()
        await clock.sleep(WATCH_MS)
      }
      if (!clock.isOver) sureAt.push(clock.now)
    })()
  }
  return { presenceOf, sureAt }
}

async function millisecondsOf(clock: Clock, work: Promise<unknown>): Promise<number> {
  const from = clock.now
  let until = Number.POSITIVE_INFINITY
  void work.then(() => (until = clock.now))
  while (until === Number.POSITIVE_INFINITY) await clock.run(clock.now + CALL_MS)
  return until - from
}

t.test('each of a thousand tables that are not there is surely absent after a while', async (t) => {
  const clock = new Clock()
  t.teardown(() => clock.end())
  const { sureAt } = watchAbsent(clock, 1000, (n) => `/made-up/${n}`)
  await clock.run(60_000)
  t.equal(sureAt.length, 1000, `of which the last was sure after ${sureAt.at(-1)} ms`)
})

t.test('meanwhile a table that was there, and one of another source, are told of soon', async (t) => {
  const clock = new Clock()
  t.teardown(() => clock.end())
  const { presenceOf } = watchAbsent(clock, 1000, () => '/bad')
  await clock.run(5000)
  for (const [table, wasThere] of [
    ['known', true],
    ['new', false],
  ] as const) {
    const asked = presenceOf(table, '/good', wasThere).ask()
    t.ok((await millisecondsOf(clock, asked)) <= 3 * CALL_MS, table)
  }
})

t.test('of sources that are made up none keeps a table waiting that was there', async (t) => {
  const clock = new Clock()
  t.teardown(() => clock.end())
  const { presenceOf } = watchAbsent(clock, 1000, (n) => `/made-up/${n}`)
  await clock.run(5000)
  const asked = presenceOf('known', '/good', true).ask()
  t.ok((await millisecondsOf(clock, asked)) <= 3 * CALL_MS)
})

t.test('a call that never ends leaves its turn to others', { timeout: 480_000 }, async (t) => {
  const tablesGet = inTurns(
    (table) => (table === 'hangs' ? new Promise(() => {}) : Promise.resolve(true)),
    50,
  )
  const whose = { source: '', wasThere: false }
  const hanging = Array.from({ length: 4 }, () =>
    t.rejects(tablesGet.has('hangs', whose), { message: /no answer within/ }),
  )
  t.equal(await tablesGet.has('x', whose), true)
  await Promise.all(hanging)
})
