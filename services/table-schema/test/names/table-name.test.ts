import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { formerTableName, tableName } from '../../src/names/table-name.ts'

const FOUND = ['a!!!!-!!!-!!-!!--', 'a!-!!---!-!-!!-!!-'] as const
const isTaken = (name: string): boolean => name === 'taken'
const nameOf = (type: string): string => tableName(type, isTaken)
const formerOf = (type: string) => formerTableName(type, isTaken)

t.test('a plain type keeps its name, its dots as two underscores', (t) => {
  const names = {
    page_view: 'page_view',
    order2: 'order2',
    'order.placed': 'order__placed',
    'github.pull_request.opened': 'github__pull_request__opened',
    t_9: 't_9',
    'x.deadbee': 'x__deadbee',
    x_deadbeefd: 'x_deadbeefd',
  }
  for (const [type, name] of Object.entries(names)) t.equal(nameOf(type), name)
  t.end()
})

t.test('every other type is cleaned to snake_case, and ends in a hash', (t) => {
  const names = {
    OrderPlaced: /^order_placed_[0-9a-f]{32}$/,
    HTTPRequest: /^http_request_[0-9a-f]{32}$/,
    'Page-View': /^page_view_[0-9a-f]{32}$/,
    page__view: /^page_view_[0-9a-f]{32}$/,
    ' order': /^order_[0-9a-f]{32}$/,
    taken: /^taken_[0-9a-f]{32}$/,
    '1st': /^t_1st_[0-9a-f]{32}$/,
    día: /^d_a_[0-9a-f]{32}$/,
    事件: /^t_[0-9a-f]{32}$/,
    x_deadbeef: /^x_deadbeef_[0-9a-f]{32}$/,
    'x.12345678': /^x_12345678_[0-9a-f]{32}$/,
    [`x_${'0123abcd'.repeat(4)}`]: /^x_(0123abcd){4}_[0-9a-f]{32}$/,
    ['x'.repeat(201)]: /^x{200}_[0-9a-f]{32}$/,
    ['a.'.repeat(99) + 'abc']: /^(a_){99}ab_[0-9a-f]{32}$/,
  }
  for (const [type, name] of Object.entries(names)) t.match(nameOf(type), name, type)
  t.end()
})

t.test('no two types share a table', (t) => {
  // few letters, so that types meet after cleaning
  const letter = fc.constantFrom('a', 'A', 'x', 'X', '2', '9', '_', '.', '-', ' ', 'é')
  const type = fc.oneof(
    fc.array(letter, { maxLength: 5 }).map((letters) => letters.join('')),
    fc.array(letter, { maxLength: 3 }).map((letters) => nameOf(letters.join(''))),
  )
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(type, type, (one, two) => (nameOf(one) === nameOf(two)) === (one === two)),
      { numRuns: cases(20_000) },
    ),
  )
  t.end()
})

t.test('types that somebody looked for have tables of their own', (t) => {
  // found after 90,806 tries: the first eight digits of their hashes are the same
  t.equal(formerOf(FOUND[0]), formerOf(FOUND[1]))
  t.not(nameOf(FOUND[0]), nameOf(FOUND[1]))
  t.end()
})

t.test('the name that the table of a type had before is told', (t) => {
  t.equal(formerOf('PageView'), 'page_view_7e7106df')
  t.match(formerOf('page_view_7e7106df'), /^page_view_7e7106df_[0-9a-f]{8}$/)
  t.match(formerOf('taken'), /^taken_[0-9a-f]{8}$/)
  // what ends in 32 digits was a name as others
  const digits = '0123abcd'.repeat(4)
  t.equal(formerOf(`device_${digits}`), `device_${digits}`)
  t.equal(formerOf(`a.b.${digits}`), `a__b__${digits}`)
  t.match(formerOf(`Device_${digits}`), new RegExp(`^device_${digits}_[0-9a-f]{8}$`))
  for (const type of ['page_view', 'order.placed']) t.equal(formerOf(type), undefined)
  t.equal(
    formerTableName('PageView', (name) => name === 'page_view_7e7106df'),
    undefined,
    'another type has it',
  )
  // it is the name of no other type
  t.match(nameOf('page_view_7e7106df'), /^page_view_7e7106df_[0-9a-f]{32}$/)
  t.end()
})

t.test('every name is one that BigQuery takes, with what stands behind it', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (type) =>
        /^[a-z][a-z0-9_]{0,299}$/.test(nameOf(type)),
      ),
    ),
  )
  t.end()
})

t.test('a name of any length is made in one look at its letters', (t) => {
  // a hundred times the letters: a quadratic look would take ten thousand times as long
  const time = (length: number) => {
    const start = performance.now()
    t.match(nameOf('A'.repeat(length)), /^a+_[0-9a-f]{32}$/)
    return performance.now() - start
  }
  time(10_000)
  t.ok(time(1_000_000) < 2000, 'a million letters within two seconds')
  t.end()
})
