// `npm run tests-of -- FILE`: which test files load a source file, the nearest first.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments, refuse } from './arguments.ts'
import { testsNear } from './tests/tests-near.ts'

const NAME = 'npm run tests-of'
const USAGE = `usage: npm run tests-of -- FILE
Prints the test files that load FILE: the one of its name, those of its package, then by how many imports away they are; twelve at most.
Who loads the whole package by its front door is told only where nobody else does.
Example: npm run tests-of -- services/stream-writer/src/lane/sender.ts`
const MOST = 12

const root = fileURLToPath(new URL('..', import.meta.url))

const { positionals } = readArguments({ name: NAME, usage: USAGE, options: {}, takesOthers: true })
const [given] = positionals
if (given === undefined || positionals.length > 1) refuse(NAME, `one file, please\n${USAGE}`)
const file = relative(root, join(process.cwd(), given))
if (!existsSync(join(root, file))) refuse(NAME, `there is no file ${given}`)
const tests = [...testsNear([file])]
  .map(([test, away]) => ({ test, away }))
  .toSorted((a, b) => distance(a) - distance(b) || (a.test < b.test ? -1 : 1))
if (tests.length === 0) {
  for (const test of naming(file)) console.log(`     ${test} names it`)
  console.log(
    'no test loads it; what runs as a program is also run by the stories in test/end-to-end and test/commands',
  )
}
for (const { test, away } of tests.slice(0, MOST)) console.log(`${String(away).padStart(3)}  ${test}`)
if (tests.length > MOST) console.log(`     and ${tests.length - MOST} more, further away`)

/** The test of that name first, then those of its own package, then by imports. */
function distance({ test, away }: { readonly test: string; readonly away: number }): number {
  const named = test.endsWith(`/${basename(file, '.ts')}.test.ts`)
  const own = test.startsWith(file.split('/').slice(0, 2).join('/') + '/')
  return away + (named ? 0 : 1000) + (own ? 0 : 10_000)
}

/** Tests that have its name in their text. */
function naming(it: string): readonly string[] {
  const name = basename(it, '.ts')
  return globSync(['services/*/test/**/*.test.ts', 'test/**/*.test.ts', 'terraform/**/*.tftest.hcl'], {
    cwd: root,
  })
    .filter((test) => readFileSync(join(root, test), 'utf8').includes(name))
    .toSorted()
    .slice(0, MOST)
}
