import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const scripts = fileURLToPath(new URL('../scripts/', import.meta.url))
const LOCK = {
  '': { name: 'a-project' },
  'services/one': { name: 'one', version: '1.0.0' },
  'node_modules/one': { resolved: 'services/one', link: true },
  'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' },
  'node_modules/for-another-platform': { version: '1.0.0', integrity: 'sha512-p', optional: true },
  'node_modules/node': { version: '24.0.0', integrity: 'sha512-n' },
}
const INSTALLED = {
  'services/one': { version: '1.0.0' },
  'node_modules/one': { resolved: 'services/one', link: true },
  'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' },
  'node_modules/node': { version: '24.0.0', integrity: 'sha512-n' },
}

/** Whether npm is called for a checkout in which these packages are installed. */
function installs(t: Test, installed: object | undefined, hasNode = true): boolean {
  const root = mkdtempSync(join(tmpdir(), 'tablestream-installed-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  for (const folder of ['scripts', 'bin', 'node_modules/node/bin'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const script of ['ensure-installed.mjs', 'installed.mjs'])
    copyFileSync(join(scripts, script), join(root, 'scripts', script))
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: LOCK }))
  if (installed)
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }))
  if (hasNode) writeFileSync(join(root, 'node_modules/node/bin/node'), '')
  writeFileSync(join(root, 'bin/npm'), `#!/bin/sh\necho "$@" >${root}/called\n`)
  chmodSync(join(root, 'bin/npm'), 0o755)
  const { status } = spawnSync(process.execPath, ['scripts/ensure-installed.mjs'], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'bin')}:/usr/bin:/bin` },
  })
  t.equal(status, 0)
  return existsSync(join(root, 'called'))
}

t.test('what somebody installed by hand is not installed again', async (t) => {
  t.notOk(installs(t, INSTALLED))
})

t.test('what is missing, other than wanted, or left from before is installed', async (t) => {
  t.ok(installs(t, undefined), 'nothing is installed')
  const { 'node_modules/a': _, ...without } = INSTALLED
  t.ok(installs(t, without), 'a package is missing')
  const older = { ...INSTALLED, 'node_modules/a': { version: '1.2.2', integrity: 'sha512-o' } }
  t.ok(installs(t, older), 'a package is older')
  t.ok(
    installs(t, { ...INSTALLED, 'node_modules/b': { version: '1.0.0' } }),
    'a package is not wanted any more',
  )
  t.ok(installs(t, INSTALLED, false), 'install scripts were switched off')
})
