// `npm run at -- TIME FILE…`: runs test files, and whatever they start, as if it were that time.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isTimestamp } from '@tablestream/table-schema'
import { readArguments, refuse } from '../scripts/arguments.ts'

const NAME = 'npm run at'
const USAGE = `usage: [TZ=ZONE] npm run at -- TIME FILE...
Runs test files, one after the other, as if it were that time, in RFC 3339, when the first begins: they, and the threads and processes
that they start. A test that counts days from now may be right at some hours only.
Example: npm run at -- 2028-02-29T23:59:50Z test/sample-data.test.ts`

const { positionals } = readArguments({ name: NAME, usage: USAGE, options: {}, takesOthers: true })
const [time, ...files] = positionals
if (time === undefined || !isTimestamp(time)) refuse(NAME, `"${time ?? ''}" is no time in RFC 3339\n${USAGE}`)
if (files.length === 0) refuse(NAME, `which files?\n${USAGE}`)
const moved = fileURLToPath(new URL('moved-clock.ts', import.meta.url))
const env = {
  ...process.env,
  NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require=${moved}`.trim(),
  CLOCK_OFFSET_MS: String(Date.parse(time) - Date.now()),
}
for (const file of files) {
  const { status } = spawnSync(process.execPath, [file], { env, stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
