import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { inGroups, oneByOne } from '../scripts/tests/test-groups.ts'
import { outputOf } from '../scripts/tests/child-output.ts'
import { againOf, failureOf, resultsOf } from '../scripts/tests/test-results.ts'
import { runTests } from '../scripts/tests/test-runner.ts'

const WELL = `console.log('TAP version 14\\nok 1 - a claim\\nok 2 - another # SKIP no tool\\n1..2\\n# { total: 2, pass: 1, skip: 1 }')`
const WRONG = `console.log('# SEED=42\\nok 1 - a claim\\nnot ok 2 - another\\n1..2\\n# { total: 2, pass: 1, fail: 1 }'); process.exitCode = 1`
const SILENT = `process.exit(0)`
const alone = (files: readonly string[]) => files.map((file) => [file])
const KILLED = `process.kill(process.pid, 'SIGKILL')`

t.test('each file runs by itself, and what came of it is told', async (t) => {
  const folder = t.testdir({ 'a.mjs': WELL, 'b.mjs': WRONG, 'c.mjs': SILENT, 'd.mjs': KILLED })
  const files = ['a', 'b', 'c', 'd'].map((name) => `${folder}/${name}.mjs`)
  const told: number[] = []
  const results = await runTests({
    groups: alone(files),
    jobs: { least: 2, most: 2 },
    env: process.env,
    done: (_, count) => told.push(count),
  })
  t.same(told, [1, 2, 3, 4])
  const [well, wrong, silent, killed] = files.map((file) => results.find((each) => each.file === file)!)
  t.match(well, { passed: true, asserts: 2, skipped: ['another # SKIP no tool'] })
  t.match(wrong, { passed: false, asserts: 2, skipped: [] })
  t.equal(failureOf(wrong!).includes('not ok 2 - another'), true)
  t.notMatch(failureOf(wrong!), /a claim/)
  t.equal(againOf(wrong!), `SEED=42 npx tap ${wrong!.file}`, 'random cases are the same ones again')
  t.equal(againOf(well!), `npx tap ${well!.file}`)
  t.equal(silent!.passed, false, 'a file that told no plan has told nothing')
  t.match(killed, { passed: false, output: /ended by SIGKILL/ })
})

/** Ends when the others have begun. */
const WAITS_FOR = (others: number) => `
  import { readdirSync, writeFileSync } from 'node:fs'
  const begun = new URL('begun-' + process.pid, import.meta.url)
  writeFileSync(begun, '')
  const timer = setInterval(() => {
    const count = readdirSync(import.meta.dirname).filter((name) => name.startsWith('begun-')).length
    if (count <= ${others}) return
    clearInterval(timer)
    ${WELL}
  }, 20)`

t.test('while cores have nothing to do more files begin', async (t) => {
  const folder = t.testdir({ 'a.mjs': WAITS_FOR(2), 'b.mjs': WAITS_FOR(2), 'c.mjs': WAITS_FOR(2) })
  const files = ['a', 'b', 'c'].map((name) => `${folder}/${name}.mjs`)
  const jobs = { least: 1, most: 3 }
  const results = await runTests({
    groups: alone(files),
    jobs,
    env: process.env,
    done: () => {},
    idle: () => 1,
  })
  t.same(
    results.map(({ passed }) => passed),
    [true, true, true],
  )
})

t.test('where they have all to do, no more than must', async (t) => {
  const text = (name: string) => `
    import { appendFileSync } from 'node:fs'
    const log = new URL('log', import.meta.url)
    appendFileSync(log, 'begins ${name}\\n')
    setTimeout(() => { ${WELL}; appendFileSync(log, 'ends ${name}\\n') }, 300)`
  const folder = t.testdir({ 'a.mjs': text('a'), 'b.mjs': text('b') })
  const files = ['a', 'b'].map((name) => `${folder}/${name}.mjs`)
  const jobs = { least: 1, most: 2 }
  await runTests({ groups: alone(files), jobs, env: process.env, done: () => {}, idle: () => 0 })
  t.equal(readFileSync(`${folder}/log`, 'utf8'), 'begins a\nends a\nbegins b\nends b\n')
})

t.test('what a file took of the processor is told', { skip: process.platform !== 'linux' }, async (t) => {
  const folder = t.testdir({
    'a.mjs': `for (let used = 0; used < 200_000; ) { const { user, system } = process.cpuUsage(); used = user + system }; ${WELL}`,
    'b.mjs': WELL,
  })
  const files = ['a', 'b'].map((name) => `${folder}/${name}.mjs`)
  const results = await runTests({
    groups: alone(files),
    jobs: { least: 1, most: 1 },
    env: process.env,
    done: () => {},
  })
  t.ok(results[0]!.cpuSeconds > 0.15, String(results[0]!.cpuSeconds))
  t.ok(results[1]!.cpuSeconds < results[0]!.cpuSeconds, String(results[1]!.cpuSeconds))
})

const HOOKED = `import t from 'tap'
t.beforeEach(() => { globalThis.hooked = (globalThis.hooked ?? 0) + 1 })
t.test('one', (t) => { t.equal(globalThis.hooked, 1); t.end() })
t.test('two', (t) => { t.equal(globalThis.hooked, 2); process.env.LEFT = 'a variable'; t.end() })`
const UNHOOKED = `import t from 'tap'
t.test('nobody hooked it', (t) => { t.same([globalThis.hooked, process.env.LEFT], [2, undefined]); t.end() })
t.test('left out', { skip: 'no tool' }, () => {})`
const UNTRUE = `import t from 'tap'
t.test('a claim', (t) => { t.pass('this is so'); t.fail('this is not'); t.end() })`
const WELL_BY_TAP = `import t from 'tap'
t.test('a claim', (t) => { t.pass('this is so'); t.end() })`
const ENDS = `import t from 'tap'
t.test('a claim', () => process.exit(0))`

t.test('files of one process have hooks and variables of their own, and each has its result', async (t) => {
  const folder = t.testdir({ 'a.mjs': HOOKED, 'b.mjs': UNTRUE, 'c.mjs': UNHOOKED })
  const files = ['a', 'b', 'c'].map((name) => `${folder}/${name}.mjs`)
  const jobs = { least: 1, most: 1 }
  const results = await runTests({ groups: [files], jobs, env: process.env, done: () => {} })
  t.match(results, [
    { file: files[0], passed: true, asserts: 6, skipped: [] },
    { file: files[1], passed: false, asserts: 0 },
    { file: files[2], passed: true, skipped: ['left out # SKIP no tool'] },
  ])
  t.match(failureOf(results[1]!), /not ok 2 - this is not/)
  t.notMatch(failureOf(results[1]!), /ok 1 - this is so|nobody hooked it/)
})

t.test('a file that ends its process fails, and so do those that did not begin', async (t) => {
  const folder = t.testdir({ 'a.mjs': HOOKED, 'b.mjs': ENDS, 'c.mjs': UNHOOKED })
  const files = ['a', 'b', 'c'].map((name) => `${folder}/${name}.mjs`)
  const jobs = { least: 1, most: 1 }
  const results = await runTests({ groups: [files], jobs, env: process.env, done: () => {} })
  t.same(
    results.map(({ passed }) => passed),
    [true, false, false],
  )
  t.match(failureOf(results[2]!), /c\.mjs did not begin/)
})

t.test('a file that takes too long fails alone, and what it left ends with its process', async (t) => {
  const STUCK = `import t from 'tap'
t.test('a claim', () => new Promise(() => setInterval(() => {}, 1000)))`
  const folder = t.testdir({ 'a.mjs': STUCK, 'b.mjs': WELL_BY_TAP })
  const files = ['a', 'b'].map((name) => `${folder}/${name}.mjs`)
  const together = fileURLToPath(new URL('../scripts/tests/tests-together.ts', import.meta.url))
  const child = spawn(process.execPath, [together, ...files], {
    env: { ...process.env, TAP_TIMEOUT: '0.5' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { code, output } = await outputOf(child)
  const results = resultsOf({ files, output, code, seconds: 1, cpuSeconds: 1 })
  t.match(results, [
    { file: files[0], passed: false, output: /timeout!/ },
    { file: files[1], passed: true },
  ])
})

t.test('those that took longest begin first', (t) => {
  t.same(oneByOne(['a', 'b', 'c'], { b: 2, c: 7 }), [['c'], ['b'], ['a']])
  t.end()
})

t.test('files of a package go together, but for those that take long and those that cross packages', (t) => {
  const short = Array.from({ length: 5 }, (_, n) => `services/a/test/${n}.test.ts`)
  const [long, across] = ['services/a/test/long.test.ts', 'test/chaos/across.test.ts']
  t.same(inGroups([across, ...short, long], { [long]: 70, [short[1]!]: 3 }, 1), [
    [long],
    [short[1], short[2], short[4]],
    [short[0], short[3]],
    [across],
  ])
  const slow = short.slice(1)
  const seconds = Object.fromEntries(slow.map((file) => [file, 50]))
  t.equal(inGroups(slow, seconds, 1).length, 2, 'no group takes more than its part of all')
  const many = Array.from({ length: 4 }, () => slow).flat()
  t.equal(inGroups(many, seconds, 1).length, 7, 'nor so much that cores are idle in the end')
  const laws = ['test/laws/a.test.ts', 'test/laws/b.test.ts']
  t.same(inGroups(laws, {}, 1), alone(laws), 'a law may need a catalogue of its own')
  t.end()
})
