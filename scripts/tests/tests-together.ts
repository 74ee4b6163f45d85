// `node scripts/tests/tests-together.ts FILE…`: test files in one process, one after the other, each a subtest by its name. They load
// libraries and sources once.
import { flushCompileCache, registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Test } from 'tap'

// tap names folders of tests by the arguments, and with all of these their names would be too long
const files = process.argv.splice(2)
const { default: t } = await import('tap')
const root = fileURLToPath(new URL('../..', import.meta.url))
const KEY = 'tablestream.tests'
const SCHEME = 'test-of:'
/** The subtest that stands for each file, by the file's URL. */
const tests = new Map<string, Test>()
Object.assign(globalThis, { [KEY]: tests })

// what a file calls tap is its own subtest: what it sets up and tears down is for its tests alone
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'tap' && tests.has(context.parentURL ?? '')
      ? { url: `${SCHEME}${context.parentURL}`, format: 'module', shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) =>
    url.startsWith(SCHEME)
      ? {
          format: 'module',
          source: `export default globalThis[${JSON.stringify(KEY)}].get(${JSON.stringify(url.slice(SCHEME.length))})`,
          shortCircuit: true,
        }
      : next(url, context),
})

function restore(before: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
}

// each of them may take as long as it may by itself, and so may what is left of the last one
const { timeout = 0 } = t.options
for (const file of files)
  void t.test(file, { timeout }, async (test) => {
    t.setTimeout(2 * timeout)
    const { href } = pathToFileURL(resolve(root, file))
    tests.set(href, test)
    // as if it ran alone
    process.argv[1] = file
    const before = { ...process.env }
    test.teardown(() => restore(before))
    await import(href)
    // on a new clone the processes that begin next find what this one compiled, which would be kept at its end
    if (file === files[0]) flushCompileCache()
  })
