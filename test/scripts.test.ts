import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { some } from './long-tests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Answer {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of package.json, or a shell script, with arguments that end before its first call. */
function run([command, ...args]: readonly [string, ...string[]], more: NodeJS.ProcessEnv = {}, cwd = root) {
  const env = { ...process.env, PROJECT_ID: '', GOOGLE_CLOUD_PROJECT: '', ...more }
  return new Promise<Answer>((resolve) => {
    const child = execFile(command, args, { cwd, env }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

/** What `npm run NAME` runs, without npm: starting it takes longer than the command. */
function ofPackage(name: string): [string, ...string[]] {
  const { scripts } = readPackage('.')
  const [program, ...args] = scripts[name]!.split(' ')
  return [program === 'node' ? process.execPath : program!, ...args]
}

const readPackage = (folder: string) =>
  JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
    readonly config?: { readonly nodeFlags?: readonly string[] }
  }

/** Every command of package.json that is a program of this repository, and a flag of each. */
const COMMANDS: Readonly<Record<string, string>> = {
  start: '--fresh',
  stop: '--data',
  status: '--data',
  query: '--help',
  load: '--dry-run',
  rewind: '--apply',
  reconcile: '--wait',
  archive: '--republish',
  'replay-dead-letters': '--reason',
  chaos: '--no-kills',
  soak: '--rate',
  bench: '--official',
  bundle: '--help',
  'pack:local-cloud': '--help',
  check: '--help',
  costs: '--help',
  'sample-data': '--dirt',
  batch: '--help',
  screenshots: '--seconds',
  'simulate-scale': '--multi-region',
  commands: '--help',
  'tests-of': '--help',
  at: '--help',
  'local-cloud': '--faults',
}

/** Each of them is a process or two: so many of a list are tried in everybody's run. */
const SOME_COMMANDS = 10

t.test('the table of this test has every program of package.json', (t) => {
  const { scripts } = readPackage('.')
  const programs = Object.keys(scripts).filter(
    (name) => scripts[name]!.startsWith('node ') && !name.startsWith('pre'),
  )
  t.same(programs.toSorted(), Object.keys(COMMANDS).toSorted())
  t.end()
})

t.test('every command tells how it is used, with an example', async (t) => {
  for (const name of some(Object.keys(COMMANDS), SOME_COMMANDS)) {
    const answer = await run([...ofPackage(name), '-h'])
    t.match(answer, { status: 0, stdout: /^usage: (.|\n)*\nExamples?: .*(npm|scripts\/)/, stderr: '' }, name)
  }
  const scripts = ['reconcile.sh', 'archive.sh', 'load.sh', 'rewind.sh', 'replay-dead-letters.sh']
  for (const script of some(scripts, 2))
    t.match(await run(['bash', `scripts/${script}`, '--help']), { status: 0, stdout: /^usage: /, stderr: '' })
})

t.test('a flag that a command does not know is answered with those that it knows', async (t) => {
  for (const [name, flag] of some(Object.entries(COMMANDS), SOME_COMMANDS)) {
    const { status, stderr } = await run([...ofPackage(name), '--nope'])
    t.equal(status, 2, name)
    t.match(stderr, /Unknown option '--nope'\. The options are /, name)
    t.match(stderr, flag, name)
    t.notMatch(stderr, /^ {4}at /m, `${name}: no stack`)
  }
})

t.test('a flag that npm took for itself is not passed over in silence', async (t) => {
  const cases: [string, NodeJS.ProcessEnv, RegExp][] = [
    ['start', { npm_config_fresh: 'true' }, /npm took --fresh for itself\. Write: npm start -- --fresh/],
    ['chaos', { npm_config_seed: '7' }, /npm took --seed for itself\. Write: npm run chaos -- --seed/],
    ['chaos', { npm_config_kills: '' }, /npm took --no-kills for itself/],
  ]
  for (const [name, env, message] of cases) {
    const answer = await run(ofPackage(name), { npm_lifecycle_event: name, ...env })
    t.match(answer, { status: 2, stderr: message })
  }
})

t.test('a bad argument is answered with its name and value, and exit code 2', async (t) => {
  const cases: [string, string[], RegExp][] = [
    ['scripts/reconcile.sh', ['yesterday'], /SINCE is a time like .* or a span like 24h, but is "yesterday"/],
    // of no zone: it would be another time on each machine; and what Date takes for May 2001
    [
      'scripts/reconcile.sh',
      ['2026-11-29T05:00:00'],
      /SINCE is a time like .*, but is "2026-11-29T05:00:00"/,
    ],
    ['scripts/reconcile.sh', ['5'], /SINCE is a time like .*, but is "5"/],
    ['scripts/reconcile.sh', ['24h'], /PROJECT_ID is not set/],
    ['scripts/reconcile.sh', ['--lcoal'], /--lcoal/],
    ['scripts/reconcile.sh', ['--wait', 'x'], /--wait is a number of seconds, but is "x"/],
    [
      'scripts/reconcile.sh',
      ['24h', '--archive', 'bucket', '--local'],
      /--archive is gs:\/\/BUCKET, but is "bucket"/,
    ],
    ['scripts/archive.sh', [], /PROJECT_ID is not set/],
    ['scripts/archive.sh', ['--local', '--settle', '-1'], /--settle .*, but is "-1"/],
    ['scripts/archive.sh', ['--local', '--recheck', '1.5'], /--recheck is a whole number, but is "1\.5"/],
    [
      'scripts/archive.sh',
      ['--local', '--apply', '--republish', '5 o’clock'],
      /--republish is a whole hour in RFC 3339/,
    ],
    ['scripts/archive.sh', ['--local', '--republish', '2026-11-29T05:00'], /--republish is a whole hour/],
    ['scripts/load.sh', [], /which files\?/],
    ['scripts/rewind.sh', ['--since', '24h'], /which table\?/],
    ['scripts/rewind.sh', ['orders', '--apply'], /from when on\? --since/],
    [
      'scripts/rewind.sh',
      ['orders', '--since', 'noon', '--local'],
      /--since is a time like .*, but is "noon"/,
    ],
    [
      'scripts/load.sh',
      ['--local', 'published:yesterday'],
      /SINCE of published:yesterday is a time like .*"yesterday"/,
    ],
    ['scripts/load.sh', ['a.ndjson', '--type', 'order'], /PROJECT_ID is not set/],
    [
      'scripts/load.sh',
      ['--local', 'a.ndjson', '--max-bad', '2'],
      /--max-bad is a number from 0 to 1, but is "2"/,
    ],
    [
      'scripts/load.sh',
      ['--local', 'a.csv', '--columns', ''],
      /--columns is names .* number 1 of "" is empty/,
    ],
    [
      'scripts/replay-dead-letters.sh',
      ['--since', 'soon'],
      /--since is a time in RFC 3339, with .*, but is "soon"/,
    ],
    [
      'scripts/replay-dead-letters.sh',
      ['--until', '2026-11-29T05:00'],
      /--until is a time in RFC 3339, with Z or/,
    ],
    ['scripts/replay-dead-letters.sh', ['--until', '2026-02-29'], /--until is a time .* is "2026-02-29"/],
    ['scripts/replay-dead-letters.sh', ['--limit', '-1', '--local'], /--limit .*, but is "-1"/],
    ['scripts/replay-dead-letters.sh', ['--limit', '1e3'], /--limit is a whole number from 1, but is "1e3"/],
    ['scripts/replay-dead-letters.sh', ['--reason'], /--reason/],
    [
      'scripts/replay-dead-letters.sh',
      ['--reason', '-x'],
      /--reason has no value: one that begins with a dash is written/,
    ],
  ]
  for (const [script, args, message] of some(cases, SOME_COMMANDS))
    t.match(await run(['bash', script, ...args]), { status: 2, stderr: message }, args.join(' '))
  const others: [string, string[], RegExp][] = [
    ['chaos', ['--seed', 'x'], /--seed is a whole number from 1, but is "x"/],
    ['chaos', ['--only', 'nope'], /there is no fault nope\. The faults are none, pubsub\.publish/],
    ['soak', ['--events', '0'], /--events is a whole number from 1, but is "0"/],
    ['bench', ['--backlog', 'many'], /--backlog is a whole number from 1, but is "many"/],
    ['bench', ['--official', '--gateway'], /one mode at a time, and not --official --gateway/],
    ['check', ['nope'], /there is no package nope\. The packages are archiver, .*contract, event-gateway, /],
    ['bundle', ['nope'], /there is no service nope: event-generator, /],
    ['costs', ['much'], /"much" is no number of events a second/],
    ['query', [], /SQL is missing/],
    ['tests-of', ['nope.ts'], /there is no file nope\.ts/],
    ['at', ['2028-02-30T00:00:00Z', 'x.test.ts'], /"2028-02-30T00:00:00Z" is no time/],
    ['at', ['2028-02-29T00:00:00Z'], /which files\?/],
  ]
  for (const [name, args, message] of some(others, SOME_COMMANDS / 2))
    t.match(await run([...ofPackage(name), ...args]), { status: 2, stderr: message }, args.join(' '))
  const ports = await run(ofPackage('start'), { LOCAL_PUBSUB_PORT: 'x' })
  const named = { PROJECT_ID: 'bad name!', ENVIRONMENT: 'prod-1', REGION: '../x' }
  const names = await run(ofPackage('start'), named)
  for (const [name, value] of Object.entries(named))
    t.match(names, { status: 2, stderr: `but is "${value}"` }, name)
  t.match(await run(ofPackage('start'), { ENV_FILE: 'nope.env' }), {
    status: 2,
    stderr: /ENV_FILE names .*nope\.env/,
  })
  t.match(ports, { status: 2, stderr: /LOCAL_PUBSUB_PORT is a port from 1 to 65535, but is "x"/ })
})

t.test('each package has its tests and its start, as npm start gives them to Node', async (t) => {
  const folders = globSync('services/*', { cwd: root })
  const services = folders.filter((folder) => existsSync(`${root}/${folder}/src/server.ts`))
  const started = some(services, 2)
  for (const folder of folders) {
    const { scripts, config } = readPackage(folder)
    t.equal(scripts['test'], `node ../../scripts/check.ts ${folder.slice('services/'.length)}`)
    if (folder === 'services/local-cloud') {
      const given = (script: string | undefined) => script?.split(' ').filter((word) => word.startsWith('--'))
      // in the bench it runs in the bench's own process
      for (const script of [
        scripts['start'],
        readPackage('.').scripts['local-cloud'],
        readPackage('.').scripts['bench'],
      ])
        t.same(given(script), config?.nodeFlags, `${script}`)
    }
    if (folder === 'services/batch-loader') {
      // terraform/batch-loader.tf gives them to the job: test/operations/workflows.test.ts
      const flags = config!.nodeFlags!.join(' ')
      t.equal(scripts['start'], `node ${flags} src/job.ts`)
      for (const name of ['load', 'rewind', 'batch'])
        t.equal(readPackage('.').scripts[name], `node ${flags} scripts/${name}.ts --local`)
      for (const name of ['load', 'rewind'])
        t.match(readFileSync(`${root}/scripts/${name}.sh`, 'utf8'), ` exec node ${flags} `, name)
    }
    if (!services.includes(folder)) continue
    const flags = (config?.nodeFlags ?? []).map((flag) => ` ${flag}`).join('')
    t.equal(scripts['start'], `node${flags} src/server.ts`, folder)
    if (!started.includes(folder)) continue
    const [, ...args] = scripts['start']!.split(' ')
    const { status, stdout, stderr } = await run([process.execPath, ...args], {}, `${root}/${folder}`)
    t.not(status, 0, folder)
    t.match(stdout + stderr, /PROJECT_ID/, `${folder} says what is missing`)
  }
})
