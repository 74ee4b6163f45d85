import { execFile } from 'node:child_process'
import { root } from './shown-commands.ts'

export interface Ran {
  readonly status: number
  readonly output: string
}

/** Runs a line as somebody types it into a terminal that stands in the repository. */
export function shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env }, timeout: 240_000, maxBuffer: 1 << 26 }
    const child = execFile('bash', ['-c', line], options, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, output: `${stdout}${stderr}` }),
    )
  })
}
