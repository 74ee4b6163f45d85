import { readFileSync } from 'node:fs'

export interface Memory {
  readonly name: string
  /** Most megabytes of RSS in each fifth of the run. */
  readonly fifths: readonly number[]
}

const EVERY_MS = 500
const PARTS = 5

/** Watches how much memory processes take. */
export class MemoryWatch {
  readonly #seen: readonly {
    readonly name: string
    readonly pid: number | undefined
    readonly sizes: number[]
  }[]
  readonly #timer: NodeJS.Timeout

  constructor(processes: readonly { readonly name: string; readonly pid: number | undefined }[]) {
    this.#seen = processes.map((each) => ({ ...each, sizes: [] }))
    this.#timer = setInterval(() => {
      for (const { pid, sizes } of this.#seen) {
        const size = megabytesOf(pid)
        if (size !== undefined) sizes.push(size)
      }
    }, EVERY_MS)
  }

  stop(): readonly Memory[] {
    clearInterval(this.#timer)
    return this.#seen.map(({ name, sizes }) => {
      const part = Math.ceil(sizes.length / PARTS)
      const fifths = Array.from({ length: PARTS }, (_, n) =>
        Math.max(0, ...sizes.slice(n * part, (n + 1) * part)),
      )
      return { name, fifths }
    })
  }
}

/** undefined where there is no such process, or no /proc. */
function megabytesOf(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024)
  } catch {
    return undefined
  }
}
