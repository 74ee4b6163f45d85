import fc from 'fast-check'
import t from 'tap'
import { DuplicateWindow } from '../src/duplicate-window.ts'

function windowOf(size: number) {
  const window = new DuplicateWindow(size)
  return {
    get: (id: string) => window.get(window.entryOf(id)),
    set: (id: string, known: string) => window.set(window.entryOf(id), known),
    delete: (id: string) => window.delete(window.entryOf(id)),
  }
}

t.test('as many ids as it is asked for are remembered, and no more', (t) => {
  const window = new DuplicateWindow(10)
  const entries: number[] = []
  for (let n = 0; n < 1000; n++) {
    entries.push(window.entryOf(`id ${n}`))
    window.set(entries[n]!, `table ${n}`)
    for (let back = 0; back < Math.min(10, n + 1); back++) {
      t.equal(window.entryOf(`id ${n - back}`), entries[n - back])
      t.equal(window.get(entries[n - back]!), `table ${n - back}`)
    }
    if (n >= 10) t.equal(window.get(entries[n - 10]!), undefined)
  }
  t.end()
})

t.test('what is said of an entry that is forgotten is said of no other', (t) => {
  const window = new DuplicateWindow(1)
  const old = window.entryOf('old')
  const entry = window.entryOf('new')
  window.set(entry, 'table')
  window.set(old, 'other')
  window.delete(old)
  t.equal(window.get(entry), 'table')
  t.not(window.entryOf('old'), old)
  t.end()
})

t.test('it knows what a map of the last ids would know, whatever the ids are', (t) => {
  const ids = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.string({ maxLength: 3 }),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom('x', 'é', '\u0161', '\u0000').chain((unit) => fc.nat(100).map((n) => unit.repeat(n))),
  )
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
