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

/** proc_pid_stat(5): state and parent are the third field and the fourth; the 22nd is the start, in ticks since the machine began. */
function byProc(pid: number): ProcessSeen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    // the second field is a name in parentheses, and may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
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
