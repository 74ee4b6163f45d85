import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import { Counter } from 'prom-client'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { createAsk, type Ask } from '../../src/asking/ask.ts'
import { AskTurn } from '../../src/asking/ask-turn.ts'

const request = (bytes: number) => ({ data: Buffer.alloc(bytes), attributes: {} })
const by = (source: string, caller = '') => ({
  attributes: { 'ce-source': source, ...(caller !== '' && { 'tablestream-caller': caller }) },
})
const nothing = () => {}

function askWith(publish: () => Promise<string[]> = () => Promise.resolve([]), now?: () => number): Ask {
  const asked = new Counter({ name: 'asked', help: 'asked', registers: [] })
  return createAsk({
    publisher: { publish },
    logger: createLogger({ service: 'test', level: 'silent' }),
    asked,
    mostBytes: 1000,
    ...(now && { now }),
  })
}

/** Turns that are to be had at once. */
function atOnce(ask: Ask, source = '/greedy'): number {
  let count = 0
  while (ask.turn(by(source), true, nothing) === 'now') count++
  return count
}

t.test('requests under way have a bound in bytes, over all tables', async (t) => {
  const answers: (() => void)[] = []
  const ask = askWith(() => new Promise((resolve) => answers.push(() => resolve([]))))
  const first = ask.send('one', [request(400), request(200)])
  t.equal(ask.turn(by('a'), true, nothing), 'now')
  const second = ask.send('two', [request(500)])
  t.equal(ask.turn(by('a'), true, nothing), 'full')
  answers[0]!()
  t.equal(await first, true)
  t.equal(ask.turn(by('a'), true, nothing), 'now')
  answers[1]!()
  await second
})

t.test('what Pub/Sub does not take is said, and takes no room any more', async (t) => {
  const ask = askWith(() => Promise.reject(new Error('down')))
  t.equal(await ask.send('one', [request(5000)]), false)
  await turn()
  t.equal(ask.turn(by('a'), true, nothing), 'now')
})

t.test('who asks for thousands of tables has so many turns, and an event of many parts costs many', (t) => {
  const clock = { now: 0 }
  const turns = () => {
    const ask = askWith(undefined, () => clock.now)
    return { ask, count: () => atOnce(ask) }
  }
  t.equal(turns().count(), 100)
  const { ask, count } = turns()
  void ask.send(
    'wide',
    Array.from({ length: 51 }, () => request(1)),
  )
  t.equal(count(), 50)
  // those in line have their turn: nothing is left behind
  clock.now += 60_000
  t.end()
})

t.test('callers take turns, however many sources one of them makes up', async (t) => {
  const ask = askWith()
  atOnce(ask)
  const order: string[] = []
  const wants = (source: string, caller: string) =>
    t.equal(
      ask.turn(by(source, caller), true, () => order.push(caller)),
      'later',
    )
  for (let n = 0; n < 50; n++) wants(`/made-up/${n}`, 'greedy')
  wants('/shop', 'other')
  for (let n = 0; n < 500 && !order.includes('other'); n++) await sleep(10)
  t.ok(order.includes('other'))
  const place = order.indexOf('other') + 1
  t.ok(place <= 3, `the turn of another caller came as number ${place}`)
})

t.test('a turn is waited for once, and kept until it is used', (t) => {
  const goes: (() => void)[] = []
  let answer: 'now' | 'later' | 'full' = 'full'
  let asked = 0
  const ask = {
    turn: (_: unknown, isUrgent: boolean, go: () => void) => {
      t.equal(isUrgent, true)
      asked++
      goes.push(go)
      return answer
    },
  }
  const own = new AskTurn(true)
  t.equal(own.isAwaited(ask, by('a')), false, 'nobody wanted it')
  t.equal(own.get(ask, by('a')), false)
  t.equal(own.isAwaited(ask, by('a')), true)
  answer = 'later'
  t.equal(own.get(ask, by('a')), false)
  t.equal(asked, 3)
  t.equal(own.get(ask, by('a')), false)
  t.equal(asked, 3, 'once in line')
  goes.at(-1)!()
  t.equal(own.isAwaited(ask, by('a')), false)
  t.equal(own.get(ask, by('a')), true)
  t.equal(own.get(ask, by('a')), true)
  own.use()
  answer = 'now'
  t.equal(own.get(ask, by('a')), true)
  t.equal(asked, 4)
  t.end()
})

t.test('one caller never fills the line: there is a place for others', (t) => {
  const clock = { now: 0, step: 0 }
  const ask = askWith(undefined, () => (clock.now += clock.step))
  atOnce(ask)
  let places = 0
  while (ask.turn(by(`/made-up/${places}`, 'greedy'), true, nothing) === 'later') places++
  t.ok(places < 20_000, `${places} places`)
  t.equal(ask.turn(by('/shop', 'another'), true, nothing), 'later')
  // those in line have their turn: nothing is left behind
  clock.step = 3_600_000
  t.end()
})

t.test(
  'a turn is no leave to keep more bytes: who waited waits on while Pub/Sub answers nothing',
  async (t) => {
    const answers: (() => void)[] = []
    const ask = askWith(() => new Promise((resolve) => answers.push(() => resolve([]))))
    atOnce(ask)
    let isMyTurn = false
    t.equal(
      ask.turn(by('/shop'), true, () => (isMyTurn = true)),
      'later',
    )
    const sent = ask.send('wide', [request(2000)])
    await sleep(200)
    t.equal(isMyTurn, false)
    answers[0]!()
    await sent
    await poll(async () => (isMyTurn ? true : undefined), { timeoutMs: 60_000, what: 'the turn' })
  },
)

t.test('a restart that looks at 2,000 tables keeps no new table waiting', async (t) => {
  const clock = { now: 0, step: 0 }
  const ask = askWith(undefined, () => (clock.now += clock.step))
  let looks = 0
  for (let n = 0; n < 2000; n++) ask.turn(by('/shop', 'caller'), false, () => looks++)
  let looksBefore = 0
  const isMyTurn = new Promise<void>((go) => {
    const answer = ask.turn(by('/shop', 'caller'), true, () => {
      looksBefore = looks
      go()
    })
    t.equal(answer, 'later')
  })
  clock.step = 20
  await isMyTurn
  t.equal(looksBefore, 0, 'it passes the looks, which take 38 s')
  // those in line have their turn: nothing is left behind
  clock.step = 3_600_000
})

t.test('who publishes without a caller has the turns of one, whatever sources it makes up', async (t) => {
  const ask = askWith()
  atOnce(ask)
  const order: string[] = []
  for (let n = 0; n < 50; n++) ask.turn(by(`/made-up/${n}`), true, () => order.push('made up'))
  for (let n = 0; n < 3; n++) ask.turn(by('/shop', 'caller'), true, () => order.push('caller'))
  await poll(async () => order.length >= 6 || undefined, { timeoutMs: 60_000, what: 'six turns' })
  t.equal(order.slice(0, 6).filter((who) => who === 'caller').length, 3)
})
