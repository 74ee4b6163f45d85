import fc from 'fast-check'
import t from 'tap'
import { DuplicateWindow } from '../../src/judge/duplicate-window.ts'
import { newItem, type Item } from '../../src/item/item.ts'

const itemOf = (low = 0, high = 0): Item => {
  const lease = {} as Item['lease']
  return { ...newItem({} as Item['message'], 0, lease, 0, 0), low, high }
}

function landed(window: DuplicateWindow, entry: number, table: string): void {
  const item = itemOf()
  window.begin(entry, item)
  window.end(entry, item, table)
}

function windowOf(size: number) {
  const window = new DuplicateWindow(size)
  // a type, a source and an id in one text, so that each may hold any character
  const entryOf = (key: string) => {
    const [type = '', source = '', ...id] = key.split('|')
    return window.entryOf(type, source, id.join('|'))
  }
  return {
    get: (id: string) => window.get(entryOf(id)),
    set: (id: string, known: string) => landed(window, entryOf(id), known),
    delete: (id: string) => {
      const entry = entryOf(id)
      const item = itemOf()
      window.begin(entry, item)
      window.end(entry, item)
    },
  }
}

t.test('as many ids as it is asked for are remembered, and no more', (t) => {
  const window = new DuplicateWindow(10)
  const entries: number[] = []
  for (let n = 0; n < 1000; n++) {
    entries.push(window.entryOf('x', '', `id ${n}`))
    landed(window, entries[n]!, `table ${n}`)
    for (let back = 0; back < Math.min(10, n + 1); back++) {
      t.equal(window.entryOf('x', '', `id ${n - back}`), entries[n - back])
      t.equal(window.get(entries[n - back]!), `table ${n - back}`)
    }
    if (n >= 10) t.equal(window.get(entries[n - 10]!), undefined)
  }
  t.end()
})

t.test('what is said of an entry that is forgotten is said of no other', (t) => {
  const window = new DuplicateWindow(1)
  const old = window.entryOf('x', '', 'old')
  const item = itemOf()
  window.begin(old, item)
  const entry = window.entryOf('x', '', 'new')
  landed(window, entry, 'table')
  window.end(old, item, 'other')
  window.begin(old, item)
  t.equal(window.get(entry), 'table')
  t.not(window.entryOf('x', '', 'old'), old)
  t.end()
})

t.test('the same id of another type or source is another event', (t) => {
  const window = new DuplicateWindow(100)
  const keys = [
    ['x', '', 'a'],
    ['y', '', 'a'],
    ['x', 's', 'a'],
    ['', 'x', 'a'],
    ['x', '', 'sa'],
    ['xs', '', 'a'],
  ] as const
  const entries = keys.map(([type, source, id]) => window.entryOf(type, source, id))
  t.equal(new Set(entries).size, keys.length)
  t.same(
    keys.map(([type, source, id]) => window.entryOf(type, source, id)),
    entries,
  )
  t.end()
})

t.test(
  'the bytes that had the key last are told from others, and only who has it says what became of it',
  (t) => {
    const window = new DuplicateWindow(10)
    const entry = window.entryOf('x', '', 'a')
    const first = itemOf(1, -1)
    const second = itemOf(1, 1)
    window.begin(entry, first)
    t.ok(window.hasBytes(entry, { low: 1, high: -1 }))
    t.notOk(window.hasBytes(entry, second))
    window.begin(entry, second)
    window.end(entry, first, 'table')
    t.equal(window.get(entry), second, 'the first one has it no more')
    window.end(entry, second, 'table')
    t.equal(window.get(entry), 'table')
    t.ok(window.hasBytes(entry, second))
    t.end()
  },
)

t.test('of more sources than events are remembered, those of the last events are known', (t) => {
  const window = new DuplicateWindow(10)
  for (let n = 0; n < 1000; n++) {
    landed(window, window.entryOf('x', `source ${n}`, '1'), `table ${n}`)
    for (let back = 0; back < Math.min(10, n + 1); back++)
      t.equal(window.get(window.entryOf('x', `source ${n - back}`, '1')), `table ${n - back}`)
  }
  t.end()
})

t.test('it knows what a map of the last ids would know, whatever the ids are', (t) => {
  const texts = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.string({ maxLength: 3 }),
    fc.constantFrom('x||a', 'x|s|a', 'y||a', '||a', 'x|s|', 'x|s|a|b'),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom('x', 'é', '\u0161', '\u0000').chain((unit) => fc.nat(100).map((n) => unit.repeat(n))),
  )
  // a text without a type and a source has empty ones: no two texts are one key
  const ids = texts.map((text) => (text.split('|').length < 3 ? `||${text}` : text))
  const steps = fc.array(fc.tuple(fc.constantFrom('get', 'set', 'delete'), ids), { maxLength: 100 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (all, size) => {
      const window = windowOf(size)
      const model = new Map<string, string | undefined>()
      for (const [n, [step, id]] of all.entries()) {
        if (!model.has(id)) model.set(id, undefined)
        if (model.size > size) model.delete(model.keys().next().value!)
        if (step === 'set') {
          window.set(id, `${n}`)
          model.set(id, `${n}`)
        } else if (step === 'delete') {
          window.delete(id)
          model.set(id, undefined)
        } else if (window.get(id) !== model.get(id)) return false
      }
      return true
    }),
  )
  t.end()
})

t.test('ids that somebody made to have one hash take no longer than others', (t) => {
  const COUNT = 20_000
  // a hash that multiplies by 31 cannot tell these two apart, wherever they stand
  const pair = (n: number, bit: number) => ((n >> bit) & 1 ? 'Aa' : 'BB')
  const made = (n: number) => Array.from({ length: 20 }, (_, bit) => pair(n, bit)).join('')
  const usual = (n: number) => `event ${n}`.padEnd(40, '.')
  const msOf = (idOf: (n: number) => string) => {
    const ids = Array.from({ length: COUNT }, (_, n) => idOf(n))
    const window = new DuplicateWindow(COUNT)
    // of the processor: on a busy machine a clock measures the others
    const before = process.cpuUsage()
    for (const id of ids) window.entryOf('x', '', id)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  const [plain, hostile] = [msOf(usual), msOf(made)]
  t.ok(hostile < 10 * plain + 300, `${Math.round(hostile)} ms, and ${Math.round(plain)} ms for others`)
  t.end()
})
