import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import { Storage } from '@google-cloud/storage'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { packLocalCloud } from '../../scripts/pack-local-cloud.ts'
import { missingTool } from '../google/tools.ts'
import { onlyLong } from '../long-tests.ts'
import { freePorts } from './free-ports.ts'

const SAID = /Pub\/Sub and Eventarc on ([\d.]+:\d+), BigQuery on (http:\S+), .*Cloud Storage on (http:\S+)/

interface Started {
  readonly child: ChildProcess
  readonly pubsub: string
  readonly bigquery: string
  readonly storage: string
}

async function started(program: string, args: readonly string[], options: object): Promise<Started> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    const [, pubsub, bigquery, storage] = SAID.exec(said) ?? []
    if (storage === undefined) continue
    child.stdout.resume()
    return { child, pubsub: pubsub!, bigquery: bigquery!, storage }
  }
  throw new Error(`local-cloud ended: ${said}`)
}

/** npm, its shell and Node are one group. */
async function stopped({ child }: Started): Promise<void> {
  const ended = once(child, 'close')
  process.kill(-child.pid!, 'SIGTERM')
  await ended
}

/** Each Node of this machine that it must run on, one of a major version. */
function nodes(): readonly (readonly [version: string, path: string])[] {
  const found = new Map<string, string>()
  for (const folder of new Set((process.env['PATH'] ?? '').split(delimiter)))
    for (const path of globSync(join(folder, 'node'))) {
      const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
      const major = Number(/\d+/.exec(version)![0])
      if (major >= 20 && !found.has(String(major))) found.set(String(major), path)
    }
  return [...found]
}

t.test(
  'the package runs in an empty folder without the network, and Google’s clients talk to it',
  async (t) => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    const folder = mkdtempSync(join(tmpdir(), 'local-cloud-package-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const archive = await packLocalCloud(folder)
    t.match(basename(archive), /^local-cloud-\d+\.\d+\.\d+\.tgz$/)
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    renameSync(archive, join(empty, basename(archive)))
    const [nobody] = await freePorts(1)
    const env = {
      PATH: process.env['PATH'],
      HOME: empty,
      npm_config_cache: join(folder, 'cache'),
      npm_config_registry: `http://127.0.0.1:${nobody}/`,
      npm_config_fetch_retries: '0',
      npm_config_update_notifier: 'false',
    }
    const args = ['--yes', `./${basename(archive)}`, '--port', '0', '--data', 'data']
    const first = await started('npx', args, { cwd: empty, env })
    try {
      await talk(first)
    } finally {
      await stopped(first)
    }

    await followPage(t, empty, env)

    const [installed] = globSync(join(folder, 'cache/_npx/*/node_modules/local-cloud'))
    const { dependencies } = JSON.parse(readFileSync(join(installed!, 'package.json'), 'utf8')) as {
      dependencies: object
    }
    t.same(Object.keys(dependencies), ['@duckdb/node-bindings'], 'the rest is in one file')
    for (const [version, node] of nodes()) {
      const again = await started(node, [join(installed!, 'cli.cjs'), '--port', '0', '--data', 'data'], {
        cwd: empty,
        env,
      })
      try {
        const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: again.bigquery })
        const [rows] = await bigquery.query("SELECT n, JSON '[1.5, 18446744073709551615]' AS json FROM d.t")
        t.same(
          rows,
          [{ n: 1, json: '[1.5,18446744073709551615]' }],
          `Node ${version} reads what the first one kept`,
        )
      } finally {
        await stopped(again)
      }
    }

    async function talk({ pubsub, bigquery, storage }: Started): Promise<void> {
      const client = new PubSub({ projectId: 'p', apiEndpoint: `http://${pubsub}`, emulatorMode: true })
      const [topic] = await client.createTopic('topic')
      const [subscription] = await topic.createSubscription('sub')
      const came = once(subscription, 'message')
      await topic.publishMessage({ data: Buffer.from('hello') })
      const [message] = (await came) as [{ data: Buffer; ack(): void }]
      t.equal(message.data.toString(), 'hello')
      message.ack()
      await client.close()
      const queries = new BigQuery({ projectId: 'p', apiEndpoint: bigquery })
      await queries.dataset('d').create()
      await queries.query('CREATE TABLE d.t (n INT64)')
      await queries
        .dataset('d')
        .table('t')
        .insert([{ n: 1 }])
      const [rows] = await queries.query("SELECT n, FARM_FINGERPRINT('x') IS NOT NULL AS farm FROM d.t")
      t.same(rows, [{ n: 1, farm: true }])
      const objects = new Storage({ projectId: 'p', apiEndpoint: storage })
      await objects.createBucket('bucket')
      await objects.bucket('bucket').file('file').save('text')
      t.equal(String((await objects.bucket('bucket').file('file').download())[0]), 'text')
    }
  },
)

const importsOf = (python: string): string =>
  python
    .split('\n')
    .filter((line) => /^(import|from) /.test(line))
    .join('\n')

/** What services/local-cloud/README.md tells to type, with this port. */
const PORT = 8085
const INSTALL = 'npm install ./local-cloud-0.1.0.tgz'
const START = 'npx local-cloud --port 8085 --data .local --seed seed.yaml'
const WITHOUT = 'npx ./local-cloud-0.1.0.tgz'
const ENVIRONMENT = 'eval "$(npx local-cloud env --port 8085)"'
/** Clients of Python take it; those of Node would ask Google. */
const KEY = 'export GOOGLE_APPLICATION_CREDENTIALS=$PWD/key.json'
const CURL = String.raw`curl -s localhost:8085/bigquery/v2/projects/demo/queries -H 'content-type: application/json' -d '{"useLegacySql":false,"query":"SELECT name FROM shop.customers"}'`
const ASKED: readonly (readonly [command: string, answer: RegExp])[] = [
  [CURL, /"v":"Ada"/],
  ['curl -s localhost:8085/journal', /"resource":"\/bigquery\/v2\/projects\/demo\/queries","status":200/],
  ['npx local-cloud credentials --port 8085 > key.json && cat key.json', /"type": "service_account"/],
  ['npx local-cloud -h', /^usage: local-cloud/],
  ['npx local-cloud snapshot save before', /"name":"before"/],
  ['npx local-cloud snapshot restore before', /"name":"before"/],
  ['npx local-cloud snapshot branch before worker-1', /"PUBSUB_EMULATOR_HOST":/],
]
const GCLOUD = 'gcloud pubsub topics list --project=demo'
const BQ =
  "bq --project_id=demo query --use_legacy_sql=false 'SELECT COUNT(*) AS customers FROM shop.customers'"

async function followPage(t: Test, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const page = readFileSync(new URL('../../services/local-cloud/README.md', import.meta.url), 'utf8')
  const block = (language: string, part: string) =>
    [...page.matchAll(/^```(\w+)\n(.*?)^```/gms)].find(
      ([, of, text]) => of === language && text!.includes(part),
    )![2]!
  const [port] = await freePorts(1)
  const here = (command: string) =>
    command.replaceAll(String(PORT), String(port)).replace(/snapshot .*/, `$& --port ${port}`)
  const run = (command: string, more: Readonly<Record<string, string>> = {}) =>
    execFileSync('bash', ['-c', here(command)], {
      cwd: folder,
      env: { ...env, ...more },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  const archive = globSync('local-cloud-*.tgz', { cwd: folder })[0]!
  t.equal(`${WITHOUT.split(' ')[1]}`, `./${archive}`, 'the page names the package as it is')
  run(INSTALL)
  writeFileSync(join(folder, 'imported.mjs'), block('js', 'await startLocalCloud()'))
  run('node imported.mjs')
  writeFileSync(join(folder, 'seed.yaml'), block('yaml', 'topics:'))
  const [program, ...args] = here(START).split(' ')
  const server = await started(program!, args, { cwd: folder, env })
  try {
    for (const [command, answer] of ASKED) t.match(run(command), answer, command)
    // the clients are those of this repository, or of the folder that CI made of them: for these alone, gcloud and bq are Python, too
    const made = process.env['PYTHON_CLIENT']
    const python: Record<string, string> = made === undefined ? {} : { PYTHONPATH: made }
    for (const [language, part] of [
      ['js', 'new PubSub('],
      ['python', 'bigquery.Client('],
      ['python', 'BigQueryReadClient('],
    ] as const) {
      const [interpreter, ending] = language === 'js' ? ['node', 'mjs'] : ['python3', 'py']
      const text = block(language, part)
      if (language === 'python' && missingTool('python3', ['-c', importsOf(text)], python)) continue
      const file = fileURLToPath(new URL(`../../node_modules/.local-cloud-page.${ending}`, import.meta.url))
      writeFileSync(file, text)
      const found = language === 'js' ? ENVIRONMENT : `${ENVIRONMENT} && ${KEY}`
      t.match(run(`${found} && ${interpreter} ${file}`, python), /Ada.*Bob/s, part)
      rmSync(file)
    }
    // seconds for each of them, and what they talk to is what the others talk to
    if (onlyLong) return
    if (!missingTool('gcloud')) t.match(run(`${ENVIRONMENT} && ${GCLOUD}`), /projects\/demo\/topics\/orders/)
    if (!missingTool('bq', ['version'])) t.match(run(`${ENVIRONMENT} && ${BQ}`), /customers/)
  } finally {
    await stopped(server)
  }
}
