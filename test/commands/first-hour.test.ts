import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { poll } from '../../scripts/poll.ts'
import { processMark } from '../../scripts/start/process-mark.ts'
import { freePorts } from '../end-to-end/free-ports.ts'
import { missingTool } from '../google/tools.ts'
import { RUNS } from './runs.ts'
import { shell, type Ran } from './shell.ts'
import { root } from './shown-commands.ts'

/** The ports that the pages show, and the variables that move them here. */
const PORTS = {
  8080: 'LOCAL_EVENT_GENERATOR_PORT',
  8081: 'LOCAL_TABLE_MANAGER_PORT',
  8082: 'LOCAL_STREAM_WRITER_PORT',
  8083: 'LOCAL_EVENT_GATEWAY_PORT',
  8090: 'LOCAL_CONSOLE_PORT',
  4443: 'LOCAL_STORAGE_PORT',
  8085: 'LOCAL_PUBSUB_PORT',
  9050: 'LOCAL_BIGQUERY_PORT',
  9060: 'LOCAL_STORAGE_WRITE_PORT',
} as const

interface Started {
  readonly process: ChildProcess
  readonly env: Readonly<Record<string, string>>
  readonly ports: readonly number[]
  output(): string
  /** The command as a page shows it, at these ports. */
  readonly run: (command: string) => Promise<Ran>
}

const commands = Object.keys(RUNS).filter((command) => RUNS[command]!.by === 'first hour')
const ran = new Set<string>()

/** `npm start` as in a terminal: npm and Node in one group, which a terminal that closes sends SIGHUP. */
async function start(t: Test, folder: string, ports: readonly number[]): Promise<Started> {
  const shown = Object.keys(PORTS)
  const env = Object.fromEntries(Object.values(PORTS).map((variable, at) => [variable, String(ports[at])]))
  const file = join(folder, 'second.env')
  writeFileSync(
    file,
    Object.entries(env)
      .map(([name, port]) => `${name}=${port}\n`)
      .join(''),
  )
  const here = { ENV_FILE: file, CLOUDSDK_CONFIG: join(folder, 'gcloud'), LOCAL_DATA: join(folder, 'data') }
  // without its pre-script: what is installed is not this test's
  const args = ['start', '--ignore-scripts', '--', '--data', join(folder, 'data'), '--fresh']
  const child = spawn('npm', args, { cwd: root, env: { ...process.env, ...here }, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()))
  t.teardown(async () => {
    signal(child, 'SIGKILL')
    await poll(async () => ((await taken(ports)) === 0 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'every process gone',
    })
  })
  await poll(
    () => {
      if (child.exitCode !== null) throw new Error(output)
      return output.includes('tablestream: ready') || undefined
    },
    { timeoutMs: 90_000, what: 'npm start ready' },
  )
  const moved = (command: string) =>
    shown.reduce((text, port, at) => text.replaceAll(`localhost:${port}`, `localhost:${ports[at]}`), command)
  const run = async (command: string) => {
    ran.add(command)
    return shell(moved(command), here)
  }
  return { process: child, env: here, ports, output: () => output, run }
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid!, name)
  } catch {
    // it is gone
  }
}

/** How many of the ports somebody listens on. */
async function taken(ports: readonly number[]): Promise<number> {
  const listens = await Promise.all(
    ports.map(
      (port) =>
        new Promise<boolean>((resolve) => {
          const socket = net.connect(port, '127.0.0.1')
          socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
          socket.once('connect', () => socket.destroy())
        }),
    ),
  )
  return listens.filter(Boolean).length
}

function commandWith(...parts: readonly string[]): string {
  const found = commands.filter((command) => parts.every((part) => command.includes(part)))
  if (found.length !== 1) throw new Error(`${found.length} commands have ${parts.join(' ')}`)
  return found[0]!
}

t.test('the first hour, as the pages tell it', { timeout: 480_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-first-hour-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const started = await start(t, folder, await freePorts(Object.keys(PORTS).length))
  const { run, env } = started
  ran
    .add('npm start')
    .add('ENV_FILE=second.env npm start')
    .add('npm start -- --fresh')
    .add('npm run local-cloud -- --data .local')
  const rows = (command: string, wanted: RegExp) =>
    poll(
      async () => {
        const { status, output } = await run(command)
        if (status !== 0 || !wanted.test(output)) throw new Error(output)
        return output
      },
      { timeoutMs: 60_000, everyMs: 200, what: command },
    )

  await t.test('an order, and the SQL that reads it back', async (t) => {
    const { status, output } = await run(commandWith('curl -X POST', 'generate/order'))
    t.equal(status, 0)
    const [, id] = /"order_id":\s*"([^"]+)"/.exec(output)!
    t.match(await rows(commandWith('SELECT order_id, status'), /ord-/), id)
  })
  await t.test('an event of a type that nobody declared', async (t) => {
    t.match(await run(commandWith('/events -H', 'page_view')), { status: 0, output: /"message_id"/ })
    t.match(await rows(commandWith('SELECT url, ms, user'), /home/), /\/home +12\.5 +├ id: 7\n +└ tags\n/)
  })
  await t.test('one that is wrong is answered with path, rule and value', async (t) => {
    const { output } = await run(commandWith('/events/order'))
    for (const part of ['/order_date', 'yesterday', '/status', 'maybe', '/items']) t.match(output, part)
  })
  const skip = missingTool('gcloud') || missingTool('bq', ['version'])
  await t.test('what runs, and that it is not started twice on the same data', async (t) => {
    t.match(await run('npm run status'), { status: 0, output: /stream-writer +\d+ {2}ready/ })
    const again = await shell(`npm start --ignore-scripts -- --data ${join(folder, 'data')}`, env)
    t.match(again.output, /another npm start uses .* npm stop stops it/)
  })
  await t.test("Google's tools, as they are", { skip }, async (t) => {
    const source = commandWith('local-env.sh')
    const tool = (command: string) => {
      ran.add(source).add(command)
      return shell(`${source} && ${command}`, env)
    }
    t.match(await tool(commandWith('gcloud pubsub topics publish')), { status: 0, output: /messageIds/ })
    await rows(commandWith('SELECT url, ms, user'), /about/)
    t.match(await tool(commandWith('bq ls')), { status: 0, output: /page_view/ })
    t.match(await tool(commandWith('bq query')), { status: 0, output: /about/ })
  })
  await t.test('does the sum come out, and what is dead', async (t) => {
    t.match(await run(commandWith('npm run reconcile')), { status: 0, output: /order → orders/ })
    t.match(await run('npm run archive'), {
      status: 0,
      output: /every hour that is over is archived|hours in gs/,
    })
    t.match(await run(commandWith('FROM dev_events_dataset.dead_letter_reasons')), { status: 0 })
    t.match(await run('npm run replay-dead-letters'), { status: 0, output: /no dead letter fits/ })
    const filtered = commandWith('replay-dead-letters.sh', '--type order')
    ran.add(filtered)
    const local = filtered.replace('PROJECT_ID=… ENVIRONMENT=…', '').concat(' --local')
    t.match(await shell(local, env), { status: 0, output: /no dead letter fits/ })
  })
  await t.test('a key for the gateway', async (t) => {
    const [make, print] = [commandWith('openssl'), commandWith('sha256sum')]
    ran.add(make).add(print)
    const { output } = await shell(`${make} && ${print}`)
    t.match(JSON.parse(output), { shop: { sha256: /^[0-9a-f]{64}$/, requests_per_minute: 6000 } })
  })
  await t.test('every command of the story was run', (t) => {
    const left = commands.filter((command) => !ran.has(command))
    t.same(skip ? left.filter((command) => !/^(gcloud|bq|\.) /.test(command)) : left, [])
    t.end()
  })
  await t.test('a terminal that closes stops everything', async (t) => {
    signal(started.process, 'SIGHUP')
    if (started.process.exitCode === null) await once(started.process, 'exit')
    await poll(async () => ((await taken(started.ports)) === 0 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'nobody listens any more',
    })
    t.pass()
  })
})

/** The process and all that it and theirs have started. */
function processesUnder(pid: number): readonly number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const found = [pid]
  for (const parent of found) found.push(...pairs.filter(([, of]) => of === parent).map(([child]) => child!))
  return found
}

for (const [who, sign] of [
  ['npm and Node', -1],
  ['npm alone', 1],
] as const)
  t.test(`no process outlives npm start where kill -9 ends ${who}`, { timeout: 480_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tablestream-first-hour-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const started = await start(t, folder, await freePorts(Object.keys(PORTS).length))
    t.equal(await taken(started.ports), started.ports.length)
    const processes = processesUnder(started.process.pid!)
    t.ok(processes.length >= 8, 'npm, Node, local-cloud and five services')
    process.kill(sign * started.process.pid!, 'SIGKILL')
    await poll(() => processes.every((pid) => processMark(pid) === undefined) || undefined, {
      timeoutMs: 60_000,
      what: 'every process gone',
    })
    t.equal(await taken(started.ports), 0, 'nobody listens any more')
  })
