import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** With these variables each of these programs ends at once, with exit code 1 and one line. @param said that line, as it ends */
export function stopsAtOnce(
  t: Test,
  files: readonly string[],
  variables: Readonly<Record<string, string>>,
  said: RegExp,
): void {
  const env = {
    ...process.env,
    PROJECT_ID: 'a-project',
    LOCAL_DATA: join(t.testdirName, 'data'),
    PORT: '0',
    ...variables,
  }
  for (const file of files) {
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: ROOT, env, encoding: 'utf8' })
    t.equal(status, 1, file)
    t.match(stderr, said)
    t.equal(stderr.trim().split('\n').length, 1, stderr)
  }
}
