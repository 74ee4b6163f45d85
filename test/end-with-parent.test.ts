import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import { poll } from '../scripts/poll.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const hook = pathToFileURL(`${root}scripts/start/end-with-parent.ts`).href

/** A service that writes to its log as long as it runs, and says a word when it is stopped. */
const SERVICE = `
import { createLogger } from '@tablestream/service-kit'
const logger = createLogger({ service: 'test', level: 'info' })
process.once('SIGTERM', () => { logger.info('stopping'); process.exitCode = 0; clearInterval(timer) })
const timer = setInterval(() => logger.info('here'), 10)
`
/** As npm start does it: reads what the service writes, and holds the other end of its standard input. */
const PARENT = `
import { spawn } from 'node:child_process'
const child = spawn(process.execPath, ['--import', ${JSON.stringify(hook)}, '--input-type=module', '-e', ${JSON.stringify(SERVICE)}], { stdio: 'pipe' })
child.stdout.once('data', () => console.log(child.pid))
`

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

t.test(
  'a service ends when the one that started it is killed, though its log has no reader any more',
  async (t) => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(String(said))
    t.teardown(() => isThere(pid) && process.kill(pid, 'SIGKILL'))
    t.ok(isThere(pid))
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await poll(() => !isThere(pid) || undefined, { timeoutMs: 60_000, what: 'the end of the service' })
    t.notOk(isThere(pid))
  },
)
