import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { poll } from '../poll.ts'

export interface ServiceProcessOptions {
  /** Folder under services/, and the file in it that is run. */
  readonly name: string
  readonly entry?: string
  readonly args?: readonly string[]
  /** A folder with the service's bundle, run instead of its sources, from there. */
  readonly bundle?: string | undefined
  /** Starts the bundle with what V8 made of it before (start-bundle.ts), where many of its kind are started. */
  readonly keepsCode?: boolean
  readonly env: Readonly<Record<string, string>>
  /** Answers 200 once the service is ready. */
  readonly readyUrl: string
  /** Where the service's output goes; a function gets each line of it. */
  readonly output: 'inherit' | 'ignore' | number | ((line: string) => void)
  /** Called when the process ends without having been asked to. */
  readonly died?: (code: number | null, signal: NodeJS.Signals | null) => void
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const END_WITH_PARENT = new URL('end-with-parent.ts', import.meta.url).href
/** What stands before a bundle that is started with its kept code. How it imports what it is not bundled with is new to Node. */
export const WITH_KEPT_CODE = [
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('start-bundle.ts', import.meta.url)),
]

/**
 * One service in a process of its own. It gets a process group of its own too, so that Ctrl-C in the terminal reaches only
 * the one who decides the order in which things stop. It ends when this process is gone, even if nobody could tell it.
 */
export class ServiceProcess {
  readonly name: string
  readonly #options: ServiceProcessOptions
  #child: ChildProcess | undefined
  #stopping = false

  constructor(options: ServiceProcessOptions) {
    this.name = options.name
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** @param changes variables for this start, over those of the options */
  start(changes: Readonly<Record<string, string>> = {}): void {
    const { name, entry = 'src/server.ts', args = [], bundle, env, output, died } = this.#options
    const { keepsCode = false } = this.#options
    const file = bundle === undefined ? `services/${name}/${entry}` : 'server.cjs'
    const started = bundle !== undefined && keepsCode ? [...WITH_KEPT_CODE, file] : [file]
    const flags = [...nodeFlags(name), '--import', END_WITH_PARENT]
    this.#stopping = false
    const child = spawn(process.execPath, [...flags, ...started, ...args], {
      cwd: bundle ?? root,
      env: { ...process.env, ...env, ...changes },
      stdio: typeof output === 'function' ? 'pipe' : ['pipe', output, output],
      detached: true,
    })
    this.#child = child
    if (typeof output === 'function')
      for (const input of [child.stdout!, child.stderr!]) createInterface({ input }).on('line', output)
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#child = undefined
      if (!this.#stopping) died?.(code, signal)
    })
  }

  /** @throws Error when it is not ready in time, and at once when it has ended */
  async ready(timeoutMs = 60_000): Promise<void> {
    const answer = await poll(
      async () => {
        if (!this.#child) return 'ended'
        const response = await fetch(this.#options.readyUrl, { signal: AbortSignal.timeout(2000) })
        await response.text()
        return response.ok || undefined
      },
      { timeoutMs, what: `${this.name} ready at ${this.#options.readyUrl}` },
    )
    if (answer === 'ended') throw new Error(`${this.name} has ended before it was ready`)
  }

  /** SIGTERM, and SIGKILL after the time that Cloud Run would give. */
  async stop(graceMs = 9000): Promise<void> {
    await this.#end('SIGTERM', graceMs)
  }

  /** As the plug would be pulled. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', 1000)
  }

  async #end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    const child = this.#child
    this.#stopping = true
    if (!child) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await ended
    clearTimeout(timer)
  }
}

/** What a service tells Node about its garbage, in its package.json. */
export function nodeFlags(name: string): readonly string[] {
  const text = readFileSync(`${root}services/${name}/package.json`, 'utf8')
  return (JSON.parse(text) as { config?: { nodeFlags?: string[] } }).config?.nodeFlags ?? []
}
