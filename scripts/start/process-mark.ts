// What the system tells of a process: by /proc on Linux, also where there is no `ps`, and by `ps` on macOS.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface ProcessSeen {
  /** Z: it has ended, and its parent has not asked how. */
  readonly state: string
  readonly parent: number
  readonly command: string
  /** When it began, in the system's own words. */
  readonly began: string
}

/**
 * When a process began: a number is given again, in a container the same one after each start, and this is not. '' where it runs and
 * nothing tells. Undefined where there is no such process.
 */
export function processMark(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
    // it is somebody else's
  }
  const { state, began } = processSeen(pid) ?? { state: '', began: '' }
  return state.startsWith('Z') ? undefined : began
}

/** Undefined where there is none, or nothing tells. */
export function processSeen(pid: number): ProcessSeen | undefined {
  return byProc(pid) ?? byPs(pid)
}

/**
 * What Linux tells of a process (proc_pid_stat(5)), from its state on, which is the third field there: the second one is a name in
 * parentheses, and may hold anything.
 *
 * @throws Error where there is no such process
 */
export function procStat(pid: number | 'self'): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** State and parent are the first; the start, in ticks since the machine began, is the 22nd of all fields. */
function byProc(pid: number): ProcessSeen | undefined {
  try {
    const fields = procStat(pid)
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { state: fields[0]!, parent: Number(fields[1]), command, began: `${boot} ${fields[19]}` }
  } catch {
    // no Linux, or a process that may not be looked at
    return undefined
  }
}

function byPs(pid: number): ProcessSeen | undefined {
  try {
    const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
    const args = ['-o', 'stat=,ppid=,lstart=,command=', '-p', String(pid)]
    const text = execFileSync('ps', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] })
    // lstart is five words: Sun Nov 29 18:47:49 2026
    const [state = '', parent, ...words] = text.trim().split(/\s+/)
    return {
      state,
      parent: Number(parent),
      command: words.slice(5).join(' '),
      began: words.slice(0, 5).join(' '),
    }
  } catch {
    // there is no ps, or it knows no such process
    return undefined
  }
}
