import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { queueOf, event, insist, names } from '../queue/queue-of.ts'
import { FakeTables } from '../queue/fake-tables.ts'

const denied = () =>
  Object.assign(new Error('Access Denied: bigquery.jobs.create'), {
    code: 403,
    errors: [{ reason: 'accessDenied' }],
  })
async function poll(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}
const countOf = ({ asked }: FakeTables, what: string) => asked.filter((each) => each === what).length
const outcomes = (results: readonly { outcome: string }[]) => results.map(({ outcome }) => outcome)

t.test('of many events together only the one whose column BigQuery refuses is refused', async (t) => {
  for (const exists of [false, true]) {
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    tables.rules = { refuses: ({ name }) => (name === 'bad' ? 'Invalid field name "bad"' : undefined) }
    const one = queueOf(tables, { clock })
    if (exists) await one.fit(event({ first: 1 }))
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        insist(one, event({ [index === 7 ? 'bad' : `f${index}`]: index }), clock),
      ),
    )
    const [guilty] = results.splice(7, 1)
    t.same(guilty, { outcome: 'refused', reason: 'Invalid field name "bad"', path: '/bad', value: '7' })
    // of a table that is refused with all their columns it is made without them
    t.same(new Set(outcomes(results)), new Set(['altered']))
    t.equal(names(tables).length, 19 + Number(exists))
  }
})

t.test(
  'columns that BigQuery refuses hold up those of others by a few tries, and not by one each',
  async (t) => {
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    tables.rules = {
      isPartitioned: true,
      refuses: ({ name }) => (name.startsWith('bad') ? `Invalid field name "${name}"` : undefined),
    }
    const one = queueOf(tables, { clock })
    await one.fit(event({ first: 1 }))
    const bad = Array.from({ length: 60 }, (_, index) => insist(one, event({ [`bad${index}`]: 1 }), clock))
    await poll(() => countOf(tables, 'alter') > 3)
    t.equal((await one.fit({ ...event({ good: 1 }), caller: 'other' })).outcome, 'altered')
    t.ok(countOf(tables, 'alter') < 12, `after ${countOf(tables, 'alter')} tries`)
    t.same(new Set(outcomes(await Promise.all(bad))), new Set(['refused']))
    t.ok(countOf(tables, 'alter') <= 80, `${countOf(tables, 'alter')} tries in all`)
  },
)

t.test('of one event only the columns that BigQuery refuses stay outside, and are named', async (t) => {
  for (const exists of [false, true]) {
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    const one = queueOf(tables, { clock })
    if (exists) await one.fit(event({ first: 1 }))
    const refuses = ({ name }: { name: string }) =>
      name.startsWith('bad') ? 'Invalid field name' : undefined
    tables.rules = { isPartitioned: true, refuses }
    t.same(await insist(one, event({ good: 1, bad: 2, better: 3, 'bad too': 4 }), clock), {
      outcome: 'refused',
      reason: 'Invalid field name; /bad too: Invalid field name',
      path: '/bad',
      value: '2',
    })
    t.same(names(tables), exists ? ['first', 'good', 'better'] : ['good', 'better'])
    t.match(await one.fit(event({ good: 2 })), { outcome: 'fits' })
  }
})

t.test('five changes in ten seconds: a good column comes among sixty that are refused', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const one = queueOf(tables, { clock })
  await one.fit(event({ first: 1 }))
  clock.now += 10_000
  tables.rules = {
    changeMs: 1000,
    refuses: ({ name }) => (name.startsWith('bad') ? `Invalid field name "${name}"` : undefined),
  }
  const began = clock.now
  let firstKnown = 0
  const bad = Array.from({ length: 60 }, async (_, index) => {
    const answer = await insist(one, event({ [`bad${index}`]: 1 }), clock)
    firstKnown ||= countOf(tables, 'alter')
    return answer
  })
  await poll(() => countOf(tables, 'alter') > 2)
  const asked = countOf(tables, 'alter')
  t.equal((await one.fit({ ...event({ good: 1 }), caller: 'other' })).outcome, 'altered')
  t.ok(countOf(tables, 'alter') - asked <= 6, `after ${countOf(tables, 'alter') - asked} asks`)
  t.same(new Set(outcomes(await Promise.all(bad))), new Set(['refused']))
  t.ok(firstKnown <= 20, `the first of them is known after ${firstKnown} asks`)
  t.comment(`all after ${(clock.now - began) / 1000} s, ${countOf(tables, 'alter')} asks`)
})

t.test(
  'what was refused is not asked for again with every event, but after some minutes it is',
  async (t) => {
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    const one = queueOf(tables, { clock })
    await one.fit(event({ a: 1 }))
    tables.rules = { refuses: () => 'Too many columns' }
    t.same(await one.fit(event({ b: 1 })), { outcome: 'postponed', reason: 'Too many columns' })
    t.equal((await one.fit(event({ b: 1 }))).outcome, 'postponed')
    clock.now += 1000
    t.equal((await one.fit(event({ b: 1 }))).outcome, 'refused')
    const asked = countOf(tables, 'alter')
    t.equal(asked, 1)
    t.equal((await one.fit(event({ b: 2 }))).outcome, 'refused')
    t.equal(countOf(tables, 'alter'), asked)
    tables.rules = {}
    clock.now += 5 * 60_000
    t.equal((await one.fit(event({ b: 3 }))).outcome, 'altered')
  },
)

t.test('a widening that is refused leaves the value outside, and the columns of others come', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const one = queueOf(tables, { clock })
  await one.fit(event({ a: 1 }))
  tables.rules = { refusesWidening: () => 'ALTER TABLE is not allowed: a materialized view depends on a' }
  const results = await Promise.all([
    insist(one, event({ a: 1.5, mine: 1 }), clock),
    ...Array.from({ length: 9 }, (_, index) => one.fit(event({ a: index, [`f${index}`]: 1 }))),
  ])
  t.match(results[0], { outcome: 'refused', reason: /materialized view/, path: '/a', value: '1.5' })
  t.same(new Set(outcomes(results.slice(1))), new Set(['altered']))
  t.equal(names(tables).length, 11, 'the other column of that very event came, too')
  const asked = countOf(tables, 'widen')
  t.equal(asked, 1)

  t.match(await one.fit(event({ a: 2.5 })), { outcome: 'refused', value: '2.5' })
  t.equal(countOf(tables, 'widen'), asked, 'no more for a while')
  t.same(await one.fit(event({ a: 3 })), { outcome: 'fits' })

  tables.rules = {}
  clock.now += 5 * 60_000
  t.equal((await one.fit(event({ a: 2.5 }))).outcome, 'altered')
})

t.test('of several widenings together only the one that is refused is left out', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const one = queueOf(tables, { clock })
  await one.fit(event({ a: 1, b: 1, c: 1 }))
  tables.rules = { refusesWidening: (name) => (name === 'b' ? 'no' : undefined) }
  const results = await Promise.all(['a', 'b', 'c'].map((name) => insist(one, event({ [name]: 0.5 }), clock)))
  t.same(outcomes(results), ['altered', 'refused', 'altered'])
  t.same(
    tables.state!.columns.slice(-3).map(({ type }) => type),
    ['NUMERIC', 'INT64', 'NUMERIC'],
  )
})

t.test('a grant that is missing refuses nothing for good: the event is asked for again', async (t) => {
  for (const code of [401, 403]) {
    const tables = new FakeTables()
    tables.failures = Array.from({ length: 8 }, () => Object.assign(denied(), { code }))
    const one = queueOf(tables)
    await t.rejects(one.fit(event({ a: 1 })), { message: /Access Denied/ })
    t.match(await one.fit(event({ a: 1 })), { outcome: 'created' }, 'it came meanwhile')
  }
})

t.test('columns of others come while types cannot be widened', async (t) => {
  const tables = new FakeTables()
  const one = queueOf(tables)
  await one.fit(event({ a: 1 }))
  tables.rules = {
    refusesWidening() {
      throw denied()
    },
  }
  const widening = one.fit(event({ a: 1.5 }))
  const adding = one.fit(event({ b: 1 }))
  await t.rejects(widening, { message: /Access Denied/ })
  t.equal((await adding).outcome, 'altered')
})

t.test('what BigQuery objects to in words that nobody knows is asked for again, alone', async (t) => {
  const tables = new FakeTables()
  const one = queueOf(tables)
  await one.fit(event({ a: 1 }))
  tables.rules = { isVague: true, refuses: ({ name }) => (name === 'odd' ? 'something is odd' : undefined) }
  const odd = one.fit(event({ odd: 1 }))
  const others = Promise.all(['b', 'c', 'd'].map((name) => one.fit(event({ [name]: 1 }))))
  t.same(await odd, { outcome: 'postponed', reason: 'something is odd' })
  t.same(new Set(outcomes(await others)), new Set(['altered']))
})

t.test('an event that cannot be planned for is given back alone', async (t) => {
  const tables = new FakeTables()
  const one = queueOf(tables)
  await one.fit(event({ a: 1 }))
  const broken = event({})
  Object.defineProperty(broken.event, 'b', {
    enumerable: true,
    get() {
      throw new RangeError('too deep')
    },
  })
  const failing = t.rejects(one.fit(broken), { message: 'too deep' })
  t.equal((await one.fit(event({ c: 1 }))).outcome, 'altered')
  await failing
})
