import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The reason to skip a test that needs a command; false where the command is there. */
export function missingTool(
  command: string,
  args: readonly string[] = ['--version'],
  env: Readonly<Record<string, string>> = {},
): string | false {
  const { status } = spawnSync(command, [...args], { stdio: 'ignore', env: { ...process.env, ...env } })
  return status === 0 ? false : `${[command, ...args].join(' ')} does not run on this machine`
}

/** Runs a command and gives its standard output; a failure has the output in its message. */
export async function runTool(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { stdout } = await run(command, [...args], {
    env: { ...process.env, ...env },
    timeout: 180_000,
  }).catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${command} ${args.join(' ')}: ${error.stdout ?? ''}${error.stderr ?? ''}`, {
      cause: error,
    })
  })
  return stdout
}
