import t from 'tap'
import { globMatcher } from '../../src/storage/glob.ts'

const CASES: readonly [glob: string, matches: readonly string[], others: readonly string[]][] = [
  ['a*c', ['ac', 'abc', 'a.c'], ['a/c', 'ab', 'xac']],
  ['**', ['', 'a', 'a/b'], []],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb', 'a/x/yb']],
  ['**/b', ['b', 'x/b', 'x/y/b'], ['xb', 'x/yb']],
  ['x**/b', ['x/b', 'xy/z/b'], ['xb']],
  ['a/**/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
  ['a****b', ['ab', 'a/x/b'], ['a']],
  ['***/b', ['/b', 'x/b', 'x/y/b'], ['b']],
  ['?', ['a', '😀'], ['', '/', 'ab']],
  ['[a-c]', ['a', 'b'], ['d', '']],
  ['[!a-c]', ['d'], ['a']],
  ['[\\]', ['\\'], ['a']],
  ['{a,b*}c', ['ac', 'bc', 'bxc'], ['c', 'axc', 'b/c']],
  ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['b', 'ad']],
  ['{,a}b', ['b', 'ab'], ['aab']],
  ['a,b}', ['a,b}'], ['a']],
  ['a.b+', ['a.b+'], ['axb', 'abb']],
]

t.test('a glob matches what Cloud Storage says', (t) => {
  for (const [glob, matches, others] of CASES) {
    const isMatch = globMatcher(glob)
    t.same(matches.filter(isMatch), matches, glob)
    t.same(others.filter(isMatch), [], glob)
  }
  for (const glob of ['a[', '{a', '{a,{b}', '[z-a]']) t.throws(() => globMatcher(glob), /Invalid glob/, glob)
  t.end()
})

t.test('a name is read once, however many stars there are', (t) => {
  const isMatch = globMatcher(`${'**/'.repeat(40)}${'*a'.repeat(40)}${'{a*,*a}'.repeat(20)}b`)
  t.notOk(isMatch('a/'.repeat(200) + 'a'.repeat(500)))
  const name = 'a/'.repeat(512)
  t.ok(globMatcher('**/'.repeat(5000))(name))
  t.notOk(globMatcher(`${'*'.repeat(15_000)}b`)(name))
  t.throws(() => globMatcher(`${'{'.repeat(7500)}${'}'.repeat(7500)}`), /Invalid glob/)
  t.end()
})
