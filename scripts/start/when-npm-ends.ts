import { processSeen } from './process-mark.ts'

const EVERY_MS = 1000

/**
 * Calls once the npm that started this process is gone: kill -9 of npm ends npm alone, and what it started goes on. Whoever is left behind
 * gets another parent, which is how it is told. Between npm and Node there may be the shell that npm runs a script by: then that one is
 * looked at as well. Without npm there is nobody to wait for: `nohup node scripts/start.ts &` is meant to outlive its shell.
 */
export function whenNpmEnds(then: () => void): void {
  // npm sets both for what it runs
  const { npm_lifecycle_event: event, npm_lifecycle_script: script } = process.env
  if (event !== 'start' || !script) return
  const parent = process.ppid
  const seen = processSeen(parent)
  const shellOf = seen?.command.includes(script) ? seen.parent : undefined
  const timer = setInterval(() => {
    const isThere =
      process.ppid === parent && (shellOf === undefined || processSeen(parent)?.parent === shellOf)
    if (isThere) return
    clearInterval(timer)
    then()
  }, EVERY_MS).unref()
}
