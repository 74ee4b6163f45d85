import { changeKey, column, parseJson, plan, shapeOf, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'

/**
 * How many keys are read while this works: each object is read by its keys. A clock would measure the machine, and what a stranger can
 * make grow faster than the bytes that they send stops everybody's events.
 */
function keysRead(work: () => unknown): number {
  const { keys } = Object
  let count = 0
  Object.keys = (object: object) => {
    const found = keys(object)
    count += 1 + found.length
    return found
  }
  try {
    work()
  } finally {
    Object.keys = keys
  }
  return count
}

/** How many characters are looked for in sets while this works: each that is read costs time, and a path has many. */
function charactersSought(work: () => unknown): number {
  const sets: { has: (this: Set<unknown>, sought: unknown) => boolean } = Set.prototype
  const { has } = sets
  let count = 0
  sets.has = function (sought) {
    if (typeof sought === 'string') count += sought.length
    return has.call(this, sought)
  }
  try {
    work()
  } finally {
    sets.has = has
  }
  return count
}

/** How many texts are put in order while this works: names are given in the order of their keys. */
function textsSorted(work: () => unknown): number {
  const arrays: { toSorted: (this: unknown[], ...how: never[]) => unknown[] } = Array.prototype
  const { toSorted } = arrays
  let count = 0
  arrays.toSorted = function (...how) {
    count += this.length
    return toSorted.apply(this, how)
  }
  try {
    work()
  } finally {
    arrays.toSorted = toSorted
  }
  return count
}

/** Objects in arrays in objects, so many levels of them, around many objects that are all different. */
function nested(levels: number, objects: number): JsonObject {
  const many = Array.from({ length: objects }, (_, n) => ({ [`k${n}`]: 1 }))
  let value: readonly unknown[] = many
  for (let level = 2; level < levels; level += 2) value = [{ k: value }]
  return { event_type: 'x', a: value } as JsonObject
}

t.test('the shape of an event is made by a few looks at each of its objects, however deep they are', (t) => {
  for (const levels of [2, 20, 30, 100, 498]) {
    const event = nested(levels, 1000)
    const size = 2 * (1000 + levels)
    const read = keysRead(() => shapeOf(event))
    t.ok(read <= 4 * size, `${levels} levels: ${read} keys read of ${size}`)
  }
  t.end()
})

t.test('the keys of an array of objects are named once, and not once more for each object', (t) => {
  // no legal names: each takes a hash, and a look at its siblings
  const objects = Array.from({ length: 3000 }, (_, n) => ({ a: { [`b-${n % 50}`]: { [`c-${n}`]: 1 } } }))
  const event = { event_type: 'x', v: objects } as JsonObject
  let added = 0
  const made = textsSorted(() => (added = plan(undefined, event).added.length))
  const known = plan(undefined, { event_type: 'x', v: [{ z: 1 }] }).columns
  const grown = textsSorted(() => plan(known, event))
  t.equal(added, 2)
  for (const sorted of [made, grown]) t.ok(sorted <= 4 * objects.length, `${sorted} keys were put in order`)
  t.end()
})

t.test('the name of a change of thousands of columns is made by a few looks at each of them', (t) => {
  let looks = 0
  const added = Array.from({ length: 3000 }, (_, n) => `k${n}`)
  const columns = added.map((name) => ({
    ...column(name, 'INT64'),
    get name() {
      looks++
      return name
    },
  }))
  changeKey({ ...plan(undefined, {}), columns, added })
  t.ok(looks <= 10 * added.length, `${looks} looks`)
  t.end()
})

t.test(
  'a value that does not fit costs no look at the path of its column, however long and deep it is',
  (t) => {
    const inRecords = (value: JsonObject): JsonObject => {
      let event = value
      for (let level = 0; level < 13; level++) event = { [`${level}`.padStart(290, 'k')]: event }
      return event
    }
    const eventOf = (...numbers: string[]) =>
      inRecords({ list: numbers.map((number) => parseJson(`{"n":${number}}`)) })
    const before = plan(undefined, eventOf('1', '12345678.123456789')).columns
    const event = eventOf(...Array.from({ length: 1000 }, () => '1e300'))
    let conflicts = 0
    const sought = charactersSought(() => (conflicts = plan(before, event).conflicts.length))
    t.equal(conflicts, 1000)
    t.ok(sought <= 13 * 290 + 10 * conflicts, `${sought} characters`)
    t.end()
  },
)
