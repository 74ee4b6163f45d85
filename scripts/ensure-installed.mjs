// Runs before `npm start` and `npm test`, on whatever Node the machine has: installs when node_modules is missing or does not
// hold what the lock file asks for. Plain JavaScript, because a machine with Node 20 runs this line before any other.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isInstalled } from './installed.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

if (!isInstalled(root)) {
  console.log('tablestream: installing dependencies (once, about a minute)')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // engine warnings are noise here: the `node` package among the dependencies is the Node that runs everything
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync(npm, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (done.status !== 0) {
    console.error('tablestream: `npm ci` failed; its own message stands above')
    process.exit(done.status ?? 1)
  }
}
