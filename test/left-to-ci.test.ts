import t from 'tap'
import { GONE_BEFORE, isLeftToCi } from '../scripts/tests/left-to-ci.ts'
import { filesOfRun, testFiles } from '../scripts/tests/run-tests.ts'

const all = testFiles()

t.test('CI runs every test file', (t) => {
  t.same(filesOfRun([], { LONG_TESTS: '1' }), { files: all, left: [] })
  t.end()
})

t.test('everybody runs what is not left to CI, and each file is one or the other', (t) => {
  const { files, left } = filesOfRun([], {})
  t.same(left, all.filter(isLeftToCi))
  t.same([...files, ...left].toSorted(), all)
  t.end()
})

t.test('a story that is left to CI is there, and so is the one that everybody runs of its kind', (t) => {
  for (const [left, first] of GONE_BEFORE) {
    t.ok(all.includes(left), left)
    t.ok(all.includes(first), first)
    t.notOk(isLeftToCi(first), `${first} is for everybody`)
  }
  t.end()
})

t.test(
  'no package leaves a test of its own to CI, and whoever asks for one package gets all of them',
  (t) => {
    t.same(
      all.filter((file) => isLeftToCi(file) && file.startsWith('services/')),
      [],
    )
    const ofContract = ['services/contract/test']
    t.same(filesOfRun(ofContract, {}), { files: testFiles(ofContract), left: [] })
    t.end()
  },
)
