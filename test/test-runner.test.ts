import t from 'tap'
import { failureOf, inOrder, runTests } from '../scripts/test-runner.ts'

const WELL = `console.log('TAP version 14\\nok 1 - a claim\\nok 2 - another # SKIP no tool\\n1..2\\n# { total: 2, pass: 1, skip: 1 }')`
const WRONG = `console.log('ok 1 - a claim\\nnot ok 2 - another\\n1..2\\n# { total: 2, pass: 1, fail: 1 }'); process.exitCode = 1`
const SILENT = `process.exit(0)`
const KILLED = `process.kill(process.pid, 'SIGKILL')`

t.test('each file runs by itself, and what came of it is told', async (t) => {
  const folder = t.testdir({ 'a.mjs': WELL, 'b.mjs': WRONG, 'c.mjs': SILENT, 'd.mjs': KILLED })
  const files = ['a', 'b', 'c', 'd'].map((name) => `${folder}/${name}.mjs`)
  const told: number[] = []
  const results = await runTests({
    files,
    jobs: 2,
    env: process.env,
    done: (_, count) => told.push(count),
  })
  t.same(told, [1, 2, 3, 4])
  const [well, wrong, silent, killed] = files.map((file) => results.find((each) => each.file === file)!)
  t.match(well, { passed: true, asserts: 2, skipped: ['another # SKIP no tool'] })
  t.match(wrong, { passed: false, asserts: 2, skipped: [] })
  t.equal(failureOf(wrong!).includes('not ok 2 - another'), true)
  t.notMatch(failureOf(wrong!), /a claim/)
  t.equal(silent!.passed, false, 'a file that told no plan has told nothing')
  t.match(killed, { passed: false, output: /was ended by SIGKILL/ })
})

t.test('those that took longest begin first', (t) => {
  t.same(inOrder(['a', 'b', 'c'], { b: 2, c: 7 }), ['c', 'b', 'a'])
  t.end()
})
