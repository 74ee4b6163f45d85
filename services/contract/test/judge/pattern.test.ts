import fc from 'fast-check'
import t from 'tap'
import { readPattern } from '../../src/judge/pattern.ts'

const matches = (pattern: string, value: string): boolean => readPattern(pattern).matches(value)

/** What stands at the borders of what JavaScript and RE2 take for white space, for ends of lines, for letters. */
const CHARACTERS = Array.from('aB1_-./[]^ \t\n\v\f\r\b\\\u0000\u0085\u00A0\u180E\u2028\uFEFFéſλ😀')
const ATOMS = [
  'a B 1 é 😀 . ^ $ (?:) [] [^] [.] [[a] [[:a] [^a]'.split(' '),
  String.raw`\s \S \d \D \w \W \b \. \/ \[ \u00e9 \u{1F600} \uD83D\uDE00 [\uD83C\uDF00-\uD83D\uDE00] \x41 \cJ \p{L} \P{Lu}`.split(
    ' ',
  ),
  String.raw`[\s\S] [^\s] [\S\x20] [^\S\n] [\b] [a-zé\-] [\p{L}\d]`.split(' '),
].flat()

t.test('a pattern takes what it takes in JavaScript', (t) => {
  const pattern = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...ATOMS),
      fc.tuple(tie('pattern'), tie('pattern')).map((both) => both.join('')),
      fc.tuple(tie('pattern'), tie('pattern')).map((both) => `(${both.join('|')})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+?', '?', '{2}', '{0,3}'))
        .map(([part, count]) => `(?:${part})${count}`),
    ),
  })).pattern
  const text = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 5 })
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 8 }), (source, texts) => {
      const expected = new RegExp(source, 'u')
      const read = readPattern(source)
      for (const each of texts) if (read.matches(each) !== expected.test(each)) return false
      return true
    }),
    { numRuns: 1000 },
  )
  t.end()
})

t.test(
  'a text of a megabyte is gone through at once, where JavaScript would need longer than there is',
  (t) => {
    const long = 'a'.repeat(1 << 20)
    const started = process.cpuUsage()
    t.notOk(matches('^(a+)+$', `${long}!`))
    t.notOk(matches('^(a|a)*$', `${long}!`))
    t.notOk(matches('a+a+b', long))
    t.ok(matches(String.raw`^(\w+\s?)*$`, long))
    const { user, system } = process.cpuUsage(started)
    t.ok(user + system < 3_000_000, `${user + system} µs of the processor`)
    t.end()
  },
)

t.test('what cannot be read so is refused', (t) => {
  const refused = [
    '(',
    'a**',
    '(?=a)',
    '(?!a)b',
    '(?<=a)b',
    '(?<!a)b',
    String.raw`(a)\1`,
    String.raw`(?<n>a)\k<n>`,
  ]
  for (const pattern of [
    ...refused,
    'a{1,2000}',
    '(a{100}){100}',
    '(?i:a)',
    '(?-s:a)',
    '[[:alpha:]]',
    '(?P<n>a)',
  ])
    t.throws(() => readPattern(pattern), pattern)
  t.end()
})
