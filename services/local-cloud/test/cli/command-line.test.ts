import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readArguments, USAGE } from '../../src/cli/arguments.ts'

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** The command until its end. */
function run(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], (_, out, error) =>
      resolve({ code: child.exitCode ?? -1, out, error }),
    )
  })
}

t.test('-h tells every option, and --version the version', async (t) => {
  const help = await run(['-h'])
  t.match(help, { code: 0, out: /^usage: local-cloud/, error: '' })
  t.match(await run(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/, error: '' })
})

t.test('an option that is not there is refused with the list of those that are', async (t) => {
  const { code, error } = await run(['--prot', '1'])
  t.equal(code, 2)
  t.match(error, /^local-cloud: Unknown option '--prot'\. The options are /)
  const known = error.match(/--[a-z-]+/g) ?? []
  for (const option of known.slice(1)) t.ok(USAGE.includes(option), `-h tells ${option}`)
})

t.test('a value that cannot be right is named with its option and its rule', async (t) => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [['--port', 'x'], '--port is a port from 0 (a free one) to 65535, but is "x"'],
    [['--storage-port', '70000'], '--storage-port is a port from 0 (a free one) to 65535, but is "70000"'],
    [['--memory-mb', '0'], '--memory-mb is a whole number of MB from 1 on, but is "0"'],
  ]
  for (const [args, message] of cases) t.throws(() => readArguments(args), { message }, args.join(' '))
  const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const plan = join(folder, 'plan.json')
  t.match(await run(['--port', '0', '--faults', plan]), {
    code: 2,
    error: `local-cloud: --faults ${plan} cannot be read: ENOENT`,
  })
  writeFileSync(plan, '{"rules":1}')
  t.match(await run(['--port', '0', '--faults', plan]), {
    code: 2,
    error: `local-cloud: --faults ${plan}: rules is an array, but is 1\n`,
  })
})

t.test('a seed that an API refuses is told in one sentence, with its file and path', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const seed = join(folder, 'seed.yaml')
  const cases: readonly (readonly [text: string, code: number, message: string])[] = [
    ['topics: {x: {}}', 1, 'topics.x: '],
    ['topics: 7', 2, 'topics is a map of names, but is 7'],
  ]
  for (const [text, code, message] of cases) {
    writeFileSync(seed, text)
    const ran = await run(['--port', '0', '--seed', seed])
    t.equal(ran.code, code)
    t.ok(ran.error.startsWith(`local-cloud: ${seed}: ${message}`), ran.error)
    t.equal(ran.error.trim().split('\n').length, 1, 'one line')
  }
})

t.test('env tells what clients need, for a shell', async (t) => {
  const one = await run(['env', '--port', '1234'])
  t.match(one.out, "export PUBSUB_EMULATOR_HOST='127.0.0.1:1234'\n")
  t.match(one.out, "export CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY='http://127.0.0.1:1234/'\n")
  t.match((await run(['env'])).out, "export BIGQUERY_EMULATOR_HOST='http://127.0.0.1:9050'\n")
})
