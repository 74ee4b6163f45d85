import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { poll } from '../scripts/poll.ts'
import { processMark } from '../scripts/start/process-mark.ts'

const watches = fileURLToPath(new URL('../scripts/start/when-npm-ends.ts', import.meta.url))
/** Ends with npm, or when it is killed, and says who it is: once it has seen its parents, so that who ends them is not too early. */
const PROGRAM = `import { whenNpmEnds } from '${watches}'
whenNpmEnds(() => process.exit())
console.log(process.pid)
setInterval(() => {}, 1000)`
const SCRIPT = '"$NODE" --input-type=module --eval "$PROGRAM"'

/** What npm would be: a process that runs the script by a shell, or as that shell. */
async function begin(script: string, env: Readonly<Record<string, string>>) {
  const npm = spawn(
    process.execPath,
    ['-e', 'require("child_process").spawn("sh", ["-c", process.env.SH], { stdio: "inherit" })'],
    {
      env: { ...process.env, npm_lifecycle_event: '', NODE: process.execPath, PROGRAM, SH: script, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [text] = (await once(npm.stdout, 'data')) as [Buffer]
  return { npm, pid: Number(text.toString()) }
}

const gone = (pid: number) =>
  poll(() => processMark(pid) === undefined || undefined, { timeoutMs: 60_000, what: `process ${pid} gone` })

for (const [how, script] of [
  ['a shell that stays between them', `${SCRIPT}; true`],
  ['a shell that Node takes the place of', `exec ${SCRIPT}`],
] as const)
  t.test(`who is started by npm ends with it: ${how}`, async (t) => {
    const { npm, pid } = await begin(script, { npm_lifecycle_event: 'start', npm_lifecycle_script: SCRIPT })
    t.not(processMark(pid), undefined)
    npm.kill('SIGKILL')
    await gone(pid)
  })

t.test('who is started without npm outlives its shell', async (t) => {
  const { npm, pid } = await begin(`exec ${SCRIPT}`, {})
  npm.kill('SIGKILL')
  await once(npm, 'exit')
  // a parent is looked at once a second
  const until = Date.now() + 2500
  await poll(() => Date.now() > until || undefined, { timeoutMs: 60_000, what: 'two looks' })
  t.not(processMark(pid), undefined)
  process.kill(pid, 'SIGKILL')
  await gone(pid)
})
