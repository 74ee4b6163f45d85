// `npm run check`: everything, as `npm test`. `npm run check -- PACKAGE`: format, lint, types and the tests of one folder of
// services/, in seconds.
import { execFileSync, spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readArguments, refuse } from './arguments.ts'
import { outputOf } from './tests/child-output.ts'
import { filesOfRun, knownSeconds, runTestFiles } from './tests/run-tests.ts'
import { isNear, nearestFirst } from './tests/nearest-tests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const PACKAGES = globSync('services/*', { cwd: root }).map((folder) => folder.slice('services/'.length))
const NAME = 'npm run check'
/** Of tests, on all cores: format, lint and types take as much beside them, and the types of a new clone three times as much. */
const SECONDS = 4
const USAGE = `usage: npm run check [-- [--all] PACKAGE…]
Without a name: format, lint, types, unused code, and all tests but those left to CI, which takes minutes. With names: format, lint, types
and the tests of these packages alone, which takes seconds: of a package with more tests than that, those nearest to what changed since
the last commit, or by it, as many as run in ${SECONDS} s; all of them with --all. The packages are
${PACKAGES.toSorted().join(', ')}.
Example: npm run check -- table-schema`
const TYPES = 'tsc --noEmit --incremental --tsBuildInfoFile node_modules/.tsbuildinfo'
/** Of what runs in a browser, where there is no Node. */
const TYPES_OF_PAGE = 'tsc --noEmit -p services/console/page'

const { values, positionals } = readArguments({
  name: NAME,
  usage: USAGE,
  options: { all: { type: 'boolean', default: false } },
  takesOthers: true,
})
const unknown = positionals.find((name) => !PACKAGES.includes(name))
if (unknown !== undefined)
  refuse(
    NAME,
    `there is no package ${unknown}. The packages are ${PACKAGES.toSorted().join(', ')}.\n${USAGE}`,
  )

const folders = positionals.map((name) => `services/${name}`)
const steps =
  folders.length === 0
    ? ['oxfmt --check .', 'oxlint --type-aware', TYPES, TYPES_OF_PAGE, 'knip']
    : [
        `oxfmt --check ${folders.join(' ')}`,
        `oxlint --type-aware ${folders.join(' ')}`,
        TYPES,
        ...(folders.includes('services/console') ? [TYPES_OF_PAGE] : []),
      ]
// hundreds of processes read the same sources: what Node makes of a file is kept for the next ones
const env = { ...process.env, NODE_COMPILE_CACHE: `${root}node_modules/.cache/node` }
const began = Date.now()

/** All at once, each with what it prints in one piece. @returns whether all passed */
async function runSteps(): Promise<boolean> {
  const passed = await Promise.all(steps.map(runStep))
  return passed.every(Boolean)
}

async function runStep(step: string): Promise<boolean> {
  const [program, ...args] = step.split(' ')
  // npm has put the programs of node_modules on the path
  const child = spawn(program!, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const { code, signal, output } = await outputOf(child)
  const ended = code ?? signal
  console.log(`\ncheck: ${step}\n${output.trimEnd()}`)
  if (ended !== 0) console.error(`check: ${step} ended with ${ended}`)
  return ended === 0
}

async function test(): Promise<boolean> {
  const { files, left } = filesOfRun(
    folders.map((folder) => `${folder}/test`),
    env,
  )
  const isAll = values.all || folders.length === 0
  const some = isAll ? files : nearestFirst(files, changedFiles(files), knownSeconds(), SECONDS)
  const which = `${some.length} of ${files.length} files, those nearest to what changed; --all runs all`
  console.log(`\ncheck: tests${some.length < files.length ? `: ${which}` : ''}`)
  const passed = await runTestFiles(some, env)
  if (left.length > 0)
    console.log(
      `${left.length} more files are left to CI, as scripts/tests/left-to-ci.ts says; LONG_TESTS=1 npm test runs all`,
    )
  return passed
}

/**
 * Since the last commit, by paths from the root; where that is nothing near to these test files, by the last commit of their packages.
 * None where git does not tell.
 */
function changedFiles(files: readonly string[]): readonly string[] {
  const git = (...args: string[]) => {
    const said = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return said.split('\n').filter((line) => line !== '')
  }
  try {
    const now = [...git('diff', '--name-only', 'HEAD'), ...git('ls-files', '--others', '--exclude-standard')]
    return isNear(files, now) ? now : git('log', '-1', '--format=', '--name-only', '--', ...folders)
  } catch (error) {
    console.log(
      `check: git does not tell what changed, and the quickest tests run: ${(error as Error).message}`,
    )
    return []
  }
}

// of one package all of it takes seconds; before minutes of tests it is told what seconds can tell
const passed =
  folders.length === 0
    ? (await runSteps()) && (await test())
    : (await Promise.all([runSteps(), test()])).every(Boolean)
if (!passed) process.exit(1)
console.log(`check: well, after ${Math.round((Date.now() - began) / 1000)} s`)
