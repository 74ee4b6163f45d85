// Runs before `npm start` and `npm test`, on whatever Node the machine has: installs when node_modules is missing
// or older than the lock file. Plain JavaScript, because a machine with Node 20 runs this line before any other.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'node_modules', '.tablestream-lock')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

const upToDate = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
if (!upToDate) {
  console.log('tablestream: installing dependencies (once, about a minute)')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // engine warnings are noise here: the `node` package among the dependencies is the Node that runs everything
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync(npm, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (done.status !== 0) {
    console.error('tablestream: `npm ci` failed; its own message stands above')
    process.exit(done.status ?? 1)
  }
  writeFileSync(stamp, lock)
}
