import { execFileSync } from 'node:child_process'
import { readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WITH_KEPT_CODE } from '../scripts/start/service-process.ts'

/** What a bundle sees of the world: the same as without kept code. */
const BUNDLE = `
const said = () => 'one'
import('node:os').then(({ EOL }) => {
  const { sep } = require('node:path')
  const seen = { said: said(), EOL, sep, argv: process.argv.slice(1), __filename, __dirname, has: typeof module.exports }
  process.stdout.write(JSON.stringify(seen))
})
`

function bundleIn(t: Test) {
  const folder = realpathSync(t.testdir({ 'server.cjs': BUNDLE }))
  const node = (...args: string[]) =>
    JSON.parse(
      execFileSync(process.execPath, [...args, 'server.cjs', 'an argument'], {
        cwd: folder,
        encoding: 'utf8',
      }),
    ) as object
  const run = (...args: string[]) => node(...WITH_KEPT_CODE, ...args)
  const kept = () => readdirSync(folder).filter((name) => name.endsWith('.code'))
  return { folder, file: join(folder, 'server.cjs'), node, run, kept }
}

t.test('a bundle with kept code sees what it sees without', (t) => {
  const { file, node, run, kept } = bundleIn(t)
  const alone = node()
  t.match(alone, { said: 'one', argv: [file, 'an argument'] })
  t.same(run(), alone)
  t.same(kept(), [], 'code is kept where somebody asks for it')
  t.same(run('--keep'), alone)
  t.equal(kept().length, 1)
  t.same(run(), alone)
  t.end()
})

t.test('what was kept of another version is not run, and neither is what cannot be read', (t) => {
  const { folder, file, run, kept } = bundleIn(t)
  run('--keep')
  // V8 itself would take it for the same one: it is as long
  writeFileSync(file, BUNDLE.replace("'one'", "'two'"))
  t.match(run(), { said: 'two' })
  run('--keep')
  for (const name of kept()) writeFileSync(join(folder, name), 'no code')
  t.match(run(), { said: 'two' })
  t.end()
})
