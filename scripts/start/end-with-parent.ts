// Loaded before a service (node --import): ends it as SIGTERM does when the process that started it is gone, however that went.
// Its parent holds the other end of its standard input, which the system closes even after kill -9.
import { closeSync, openSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** As long as the service may take to stop; then nobody is there to kill it. */
const GRACE_MS = 10_000

function end(): void {
  // Its output may have been a pipe to the one who is gone. The logger writes again and again what such a pipe refuses, at the very end of
  // the process, and the process would stay for ever: from here on nobody listens. The number that is closed is the next to be given.
  for (const output of [1, 2]) {
    closeSync(output)
    openSync('/dev/null', 'w')
  }
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), GRACE_MS).unref()
}

// a thread gets the flags of its process, and has no standard input of its own
if (isMainThread) {
  process.stdin.once('end', end).once('error', end).resume()
  // it keeps nobody alive
  ;(process.stdin as NodeJS.ReadStream & { unref?: () => void }).unref?.()
}
