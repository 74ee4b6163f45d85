import { parseJson, plan, planAll, type Column, type JsonObject } from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { event as anyEvent, eventOfArrays } from '../../../../test/laws/events.ts'
import { cases } from '../../../../test/long-tests.ts'
import { compileRowText, requiresValues } from '../../src/row/row-text.ts'

const rowOf = (columnsOf: string, event: string) =>
  compileRowText(plan(undefined, parseJson(columnsOf) as JsonObject).columns)(parseJson(event) as JsonObject)

const CASES: readonly (readonly [
  what: string,
  columnsOf: string,
  event: string,
  members: string,
  complete: boolean,
])[] = [
  ['keys are columns by their names', '{"a.b":"x"}', '{"a.b":"y"}', '"a_b_2e7336dc":"y"', true],
  ['null says nothing', '{"a":1,"b":1}', '{"a":null,"b":2}', '"b":2', true],
  ['INT64 beyond 2^53 is text', '{"a":1}', '{"a":9007199254740993}', '"a":"9007199254740993"', true],
  ['NUMERIC is text', '{"a":12345678901234567890}', '{"a":0.1}', '"a":"0.1"', true],
  [
    'a timestamp is told in UTC',
    '{"a":"2026-01-01T00:00:00Z"}',
    '{"a":"2026-01-01T05:30:00.5+05:30"}',
    '"a":"2026-01-01T00:00:00.500000Z"',
    true,
  ],
  [
    'before 1970',
    '{"a":"2026-01-01T00:00:00Z"}',
    '{"a":"1969-12-31 23:59:59.999999 UTC"}',
    '"a":"1969-12-31T23:59:59.999999Z"',
    true,
  ],
  [
    'JSON as it stands',
    '{"a":[1,"x"]}',
    '{"a":{"b":"\\"x","c":1e400}}',
    '"a":{"b":"\\"x","c":"1e400"}',
    true,
  ],
  ['an array goes whole or not at all', '{"a":[1]}', '{"a":[1,"x"]}', '', false],
  [
    'what an element lacks is left out',
    '{"a":[{"b":1}]}',
    '{"a":[{"b":1,"c":2},{}]}',
    '"a":[{"b":1},{}]',
    false,
  ],
  ['a value of another type is left out', '{"a":1,"b":1}', '{"a":"x","b":3}', '"b":3', false],
  ['a key without a column', '{"a":1}', '{"a":1,"x":{"y":[]},"z":2}', '"a":1', false],
  ['the envelope has rules of its own', '{"a":1}', '{"a":1,"event_id":5,"event_date":"x"}', '"a":1', true],
]

for (const [what, columnsOf, event, members, complete] of CASES) {
  t.test(what, (t) => {
    t.match(rowOf(columnsOf, event), { members, complete })
    t.end()
  })
}

t.test('a value that is longer than its column allows is left out', (t) => {
  const { columns } = plan(undefined, { s: 'x', l: ['x'] })
  const limit = { maxLength: 3 }
  const write = compileRowText(columns.map((each) => (each.type === 'STRING' ? { ...each, limit } : each)))
  t.match(write({ s: 'abc', l: ['abc', ''] }), { members: '"s":"abc","l":["abc",""]', complete: true })
  t.match(write({ s: 'abcd', l: ['abc', 'abcd'] }), { members: '', complete: false })
  t.end()
})

t.test('an event whose row is complete needs no other columns', (t) => {
  const any = fc.oneof(anyEvent, eventOfArrays)
  let complete = 0
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 3 }), any, (others, one) => {
      const { columns } = planAll(undefined, others)
      for (const each of [one, ...others]) {
        if (!compileRowText(columns)(each).complete) continue
        complete++
        const { outcome, conflicts, columns: after } = plan(columns, each)
        if (outcome !== 'fits' || conflicts.length > 0 || after !== columns)
          throw new Error(`${outcome}: ${JSON.stringify(conflicts)}`)
      }
    }),
    { numRuns: cases(4000) },
  )
  t.ok(complete > 0, `${complete} were complete`)
  t.end()
})

t.test('the columns that rows have values of are told, and no others', (t) => {
  const any = fc.oneof(anyEvent, eventOfArrays)
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 3 }), (events) => {
      const { columns } = planAll(undefined, events)
      const used: boolean[] = []
      const write = compileRowText(columns, used)
      const names = new Set(events.flatMap((each) => Object.keys(JSON.parse(`{${write(each).members}}`))))
      const told = columns.filter((_, place) => used[place]).map(({ name }) => name)
      if (told.toSorted().join() !== [...names].toSorted().join())
        throw new Error(`${told.join()} are told, and rows have ${[...names].join()}`)
    }),
    { numRuns: cases(4000) },
  )
  t.end()
})

t.test('a column that must have a value is found, but for those of the envelope', (t) => {
  const { columns } = plan(undefined, parseJson('{"a":1,"b":{"c":"x"}}') as JsonObject)
  t.equal(requiresValues(columns), false)
  const [b] = columns.filter(({ name }) => name === 'b')
  const inside = b!.fields!.map((each): Column => ({ ...each, mode: 'REQUIRED' }))
  t.equal(requiresValues([...columns.filter((each) => each !== b), { ...b!, fields: inside }]), true)
  t.equal(requiresValues([{ ...b!, mode: 'REQUIRED' }]), true)
  t.end()
})
