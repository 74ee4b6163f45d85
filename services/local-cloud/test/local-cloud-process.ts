import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CLI = new URL('../src/cli.ts', import.meta.url).pathname
const SAID =
  /BigQuery on (http:\/\/[\d.]+:\d+), Storage Write on [\d.]+:(\d+), Cloud Storage on (http:\/\/[\d.]+:\d+)/

export interface LocalCloudProcess {
  readonly child: ChildProcess
  readonly bigqueryUrl: string
  readonly storageWritePort: number
  readonly storageUrl: string
  /** Resolves when it has ended. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
}

/** local-cloud in a process of its own, which a test may kill. @param args of its command line, besides the ports */
export async function startProcess(
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<LocalCloudProcess> {
  const ports = ['pubsub', 'bigquery', 'storage-write', 'storage'].flatMap((name) => [`--${name}-port`, '0'])
  const child = spawn(process.execPath, [...nodeFlags, CLI, ...args, ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    const [, bigqueryUrl, storageWritePort, storageUrl] = SAID.exec(said) ?? []
    if (storageUrl === undefined) continue
    child.stdout.resume()
    return {
      child,
      bigqueryUrl: bigqueryUrl!,
      storageWritePort: Number(storageWritePort),
      storageUrl,
      kill: async (signal) => {
        child.kill(signal)
        await ended
      },
    }
  }
  throw new Error(`local-cloud ended: ${said}`)
}

export interface Processes {
  /** Their data folder. */
  readonly data: string
  /** Starts one on it, where the one before has ended. */
  readonly start: () => Promise<LocalCloudProcess>
}

/** Processes of local-cloud one after another, on one folder, as kills leave it. The last one ends with the test. */
export function processesOf(t: { teardown(done: () => Promise<void>): unknown }): Processes {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const data = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  let last: LocalCloudProcess | undefined
  t.teardown(async () => {
    await last?.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true })
  })
  return { data, start: async () => (last = await startProcess(['--data', data])) }
}
