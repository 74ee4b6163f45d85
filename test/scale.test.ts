import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { CPU_AN_EVENT, needsOf, SPARE, toAskFor } from '../scripts/simulate-scale/scale-model.ts'
import { QUOTAS } from '../scripts/simulate-scale/scale-quotas.ts'
import {
  BEHAVIOR,
  CAPACITY,
  POLLING_SECONDS,
  simulate,
  type Scenario,
} from '../scripts/simulate-scale/scale-simulation.ts'
import { needsTable, RATES, SCENARIOS, momentsTable, summaryTable } from '../scripts/simulate-scale.ts'
import { defaultOf } from '../scripts/terraform-defaults.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const load = fc.record({
  rate: fc.integer({ min: 1, max: 2_000_000 }),
  tables: fc.integer({ min: 1, max: 60_000 }),
  isMultiRegion: fc.boolean(),
})

t.test('more load never takes less of anything, and no writer more than it is given', (t) => {
  const byName = (demands: ReturnType<typeof needsOf>['demands']) =>
    new Map(demands.map(({ quota, needs }) => [quota.name, needs]))
  fc.assert(
    fc.property(load, fc.integer({ min: 0, max: 1_000_000 }), (less, more) => {
      const before = needsOf(less)
      const after = needsOf({ ...less, rate: less.rate + more })
      const now = byName(after.demands)
      for (const [name, needs] of byName(before.demands))
        // what one stream carries falls when there is a writer more
        if (name !== QUOTAS.stream.name && needs > now.get(name)!) return false
      return (
        after.writers >= before.writers &&
        (less.rate + more) / after.writers <= defaultOf('stream_writer_events') &&
        after.busy < 0.75
      )
    }),
  )
  t.end()
})

t.test('no quota is exceeded in silence: what is not enough is asked for, and enough of it', (t) => {
  fc.assert(
    fc.property(load, (each) => {
      const asked = new Map(toAskFor(each).map(({ quota, amount }) => [quota.name, amount]))
      return needsOf(each).demands.every(
        ({ quota, needs, has }) => needs * SPARE <= has || (asked.get(quota.name) ?? 0) >= needs,
      )
    }),
  )
  t.end()
})

t.test('the first quota is the one that the largest share is taken of', (t) => {
  fc.assert(
    fc.property(load, (each) => {
      const shares = needsOf(each).demands.map(({ share }) => share)
      return shares[0] === Math.max(...shares) && shares.length === Object.keys(QUOTAS).length
    }),
  )
  t.end()
})

t.test('in a region AppendRows comes first, and a multi-region gives ten times as much', (t) => {
  const appends = (isMultiRegion: boolean) =>
    needsOf({ rate: 200_000, tables: 20, isMultiRegion }).demands.find(
      ({ quota }) => quota.name === QUOTAS.appendBytes.name,
    )!
  t.equal(needsOf({ rate: 200_000, tables: 20 }).demands[0]!.quota.name, QUOTAS.appendBytes.name)
  t.equal(Math.round(appends(false).needs), 287, 'rows and the record of what was published')
  t.equal(Math.round(appends(false).share / appends(true).share), 10)
  t.end()
})

t.test('connections follow what stream-writer says of them', (t) => {
  const connections = (tables: number) =>
    needsOf({ rate: 1, tables }).demands.find(({ quota }) => quota.name === QUOTAS.connections.name)!.needs
  t.same([1, 20, 10_000].map(connections), [1, 20, 220])
  t.match(read('docs/decisions/0015-connections-to-bigquery.md'), '10,000 tables are 220 connections')
  t.end()
})

t.test('the CPU of an event is what docs/performance.md has of one writer', (t) => {
  const [, ...shared] = /^\| 1 \| [\d., ]+\| +\| ([\d.]+), ([\d.]+) \|/m.exec(read('docs/performance.md'))!
  t.equal(CPU_AN_EVENT, Math.round((Number(shared[0]) + Number(shared[1])) / 2))
  t.end()
})

t.test('every quota has its source and its limit', (t) => {
  for (const { name, source, region, multiRegion } of Object.values(QUOTAS)) {
    t.match(source, /^docs\.cloud\.google\.com\/\w+/, name)
    t.ok(region > 0 && multiRegion >= region, name)
  }
  t.end()
})

const steps = fc.array(fc.integer({ min: 0, max: 150_000 }), { minLength: 2, maxLength: 6 })
const scenario = (rates: readonly number[], minimum: number, maximum: number): Scenario => ({
  name: 'steps',
  minutes: rates.length * 10,
  minimum,
  maximum,
  rate: (second) => rates[Math.floor(second / 600)]!,
})

t.test('instances stay between the limits, and what was published was served or waits', (t) => {
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 5, max: 40 }),
      (rates, minimum, maximum) => {
        let published = 0
        let last = 0
        return simulate(scenario(rates, minimum, maximum)).every(({ rate, instances, backlog, age }) => {
          published += rate
          const served = published - backlog
          const isOrderly = served >= last && served - last <= instances * CAPACITY + 1e-3
          last = served
          return (
            isOrderly &&
            instances >= minimum &&
            instances <= maximum &&
            backlog >= 0 &&
            age > 0 === backlog > 0
          )
        })
      },
    ),
    { numRuns: 30 },
  )
  t.end()
})

t.test('a steady load ends without a backlog, and with no more writers than it takes', (t) => {
  for (const rate of [1, 6000, 45_000, 130_000]) {
    const { instances, age } = simulate(scenario([rate, rate, rate, rate, rate, rate, rate, rate], 1, 20)).at(
      -1,
    )!
    t.same({ instances, age }, { instances: Math.ceil(rate / defaultOf('stream_writer_events')), age: 0 })
  }
  t.end()
})

t.test('without a load only the fewest are left, and none where none may be left', (t) => {
  for (const minimum of [0, 2]) {
    const moments = simulate(scenario([80_000, 0, 0, 0, 0], minimum, 20))
    t.match(moments.at(-1), { instances: minimum, backlog: 0 })
  }
  const again = simulate(scenario([0, 0, 20_000, 20_000, 20_000], 0, 20)).at(-1)!
  t.match(again, { instances: 3, age: 0 }, 'and it wakes up')
  t.end()
})

t.test('a scaler that sees the rate keeps less waiting than one that sees the backlog alone', (t) => {
  for (const each of SCENARIOS) {
    const worst = (seesRate: boolean) => Math.max(...simulate(each, { seesRate }).map(({ age }) => age))
    t.ok(worst(true) <= worst(false), each.name)
  }
  t.end()
})

t.test('the simulation and terraform/scaling.tf say the same of the scaler', (t) => {
  const scaling = read('terraform/scaling.tf')
  // it is called once a minute, and polls nothing by itself
  t.equal(POLLING_SECONDS, 60)
  t.match(scaling, /schedule +=  *"\* \* \* \* \*"\n/)
  t.notMatch(scaling, /^ *pollingInterval/m)
  for (const [name, direction] of [
    ['scaleUp', BEHAVIOR.scaleUp],
    ['scaleDown', BEHAVIOR.scaleDown],
  ] as const) {
    const [, block] = new RegExp(`${name} = \\{\\n(.*?)\\n {16}\\}`, 's').exec(scaling)!
    t.match(block, new RegExp(`stabilizationWindowSeconds = ${direction.stabilizationWindowSeconds}\\n`))
    t.match(block, 'selectPolicy               = "Max"')
    const policies = [...block!.matchAll(/type = "(\w+)", value = (\d+), periodSeconds = (\d+)/g)].map(
      ([, type, value, periodSeconds]) => ({
        type,
        value: Number(value),
        periodSeconds: Number(periodSeconds),
      }),
    )
    t.same(policies, direction.policies)
  }
  t.equal([...scaling.matchAll(/metricType += "Value"/g)].length, 1, 'the age alone is of one')
  t.end()
})

t.test('docs/scale.md shows what npm run simulate-scale prints', (t) => {
  const page = read('docs/scale.md')
  t.ok(page.includes(needsTable(RATES, { tables: 20 })), 'twenty tables')
  t.ok(
    page.includes(needsTable([100_000, 500_000, 1_000_000], { tables: 4000, isMultiRegion: true })),
    'many',
  )
  for (const each of SCENARIOS) t.ok(page.includes(momentsTable(simulate(each))), each.name)
  t.ok(page.includes(summaryTable()))
  t.end()
})
