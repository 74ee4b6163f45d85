import v8 from 'node:v8'
import vm from 'node:vm'
import fc from 'fast-check'
import t from 'tap'
import { Scopes } from '../../src/judge/scopes.ts'

const TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ minLength: 60, maxLength: 200 }),
  fc.constantFrom('', '1', '1 ', 'a'.repeat(60), 'a'.repeat(61), '#'),
)

t.test('two scopes have one number exactly when they are one', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(TEXT, TEXT), { maxLength: 30 }), (pairs) => {
      const scopes = new Scopes(1000)
      const numbers = new Map<string, number>()
      for (const [type, source] of [...pairs, ...pairs]) {
        const name = JSON.stringify([type, source])
        const scope = scopes.of(type, source)
        if (numbers.has(name) && numbers.get(name) !== scope) return false
        numbers.set(name, scope)
      }
      return new Set(numbers.values()).size === numbers.size
    }),
  )
  t.end()
})

t.test('what is not asked for is forgotten, and no number is given twice', (t) => {
  const scopes = new Scopes(2)
  const first = scopes.of('a', '')
  const others = ['b', 'c', 'd', 'e', 'f'].map((type) => scopes.of(type, ''))
  t.equal(new Set([first, ...others, scopes.of('a', '')]).size, 7)
  t.end()
})

t.test('long texts that strangers choose take no room', (t) => {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  const heap = () => (collect(), process.memoryUsage().heapUsed)
  const before = heap()
  const scopes = new Scopes(20_000)
  // each text is made anew, as those that come in messages are
  const text = (n: number) => Buffer.from(`${'x'.repeat(1000)}${n}`).toString()
  for (let n = 0; n < 40_000; n++) scopes.of(text(n), text(-n))
  const scope = scopes.of('a', 'b')
  t.ok((heap() - before) / 1e6 < 30, `${(heap() - before) / 1e6} MB`)
  t.equal(scopes.of('a', 'b'), scope)
  t.end()
})
