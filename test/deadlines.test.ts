import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

/** What a machine of CI takes where ten others run on it, and a second is enough elsewhere: nobody waits so long for what works. */
const LEAST_MS = 60_000
/** Of a test that says how long it may take itself; all of a file ends after ten minutes. */
const LEAST_TEST_MS = 480_000

const textOf = (file: string) => readFileSync(file, 'utf8')

/** The arguments of each call of poll: from its bracket to the one that closes it. */
function pollsOf(source: string): readonly string[] {
  return [...source.matchAll(/(?<![\w.])poll\(/g)].map(({ index }) => {
    let depth = 0
    for (let end = index; end < source.length; end++) {
      if (source[end] === '(') depth++
      if (source[end] === ')' && --depth === 0) return source.slice(index, end)
    }
    return source.slice(index)
  })
}

const numberOf = (digits: string) => Number(digits.replaceAll('_', ''))
const others = { exclude: ['**/node_modules/**', 'test/bench/**'] }

t.test('whatever a test waits for may take a minute: a slow machine is no fault of what is tested', (t) => {
  const files = globSync(['test/**/*.ts', 'services/*/test/**/*.ts'], others)
  t.ok(files.length > 100)
  const short = files.flatMap((file) =>
    pollsOf(textOf(file))
      .map((call) => numberOf(/timeoutMs: ([\d_]+)/.exec(call)?.[1] ?? String(LEAST_MS)))
      .filter((ms) => ms < LEAST_MS)
      .map((ms) => `${file}: ${ms} ms`),
  )
  t.same(short, [])
  t.end()
})

t.test('… and a test that says its time itself may take eight', (t) => {
  const files = globSync(['test/**/*.test.ts', 'services/*/test/**/*.test.ts'], others)
  const short = files.flatMap((file) =>
    [...textOf(file).matchAll(/\btimeout: ([\d_]+)/g)]
      .map(([, ms]) => numberOf(ms!))
      .filter((ms) => ms < LEAST_TEST_MS)
      .map((ms) => `${file}: ${ms} ms`),
  )
  t.same(short, [])
  t.end()
})
