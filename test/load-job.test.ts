import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { jobCall } from '../scripts/events/load-job.ts'

// as the README of batch-loader shows it
const SHOWN = 'scripts/load.sh --tasks 4 gs://BUCKET/raw/ --type order'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tablestream-load-job-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** A gcloud that writes down what it is asked, and ends with `CODE`. */
writeFileSync(
  join(folder, 'gcloud'),
  `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/calls'\necho started\nexit "\${CODE:-0}"\n`,
)
chmodSync(join(folder, 'gcloud'), 0o755)

function load(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH']}`,
    PROJECT_ID: 'my-project',
    ENVIRONMENT: 'prod',
    REGION: '',
    ...more,
  }
  return new Promise<{ status: number | null; stdout: string; stderr: string; calls: string[] }>(
    (resolve) => {
      const child = execFile(
        'bash',
        ['scripts/load.sh', ...args],
        { cwd: root, env },
        (_, stdout, stderr) => {
          const calls = readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n')
          resolve({ status: child.exitCode, stdout, stderr, calls })
        },
      )
    },
  )
}

t.beforeEach(() => writeFileSync(join(folder, 'calls'), ''))

t.test('the job of the environment loads what it is told, by so many tasks', async (t) => {
  const { status, stdout, calls } = await load(SHOWN.split(' ').slice(1))
  t.equal(status, 0)
  t.same(calls, [
    'run',
    'jobs',
    'execute',
    'batch-loader',
    '--project=my-project',
    '--region=us-central1',
    '--tasks=4',
    '--args=load.cjs,--type=order,--max-bad=1,gs://BUCKET/raw/',
    '--wait',
  ])
  t.match(stdout, /^started\n.*scripts\/logs\.sh my-project prod batch-loader/)
})

t.test('a policy goes as its text, and a span with its times', async (t) => {
  const policy = join(folder, 'policy.json')
  writeFileSync(policy, '{"order":{"types":"dead_letter","columns":"freeze"}}')
  const { calls } = await load(['--tasks', '1', '--policy', policy, 'published:24h', '--dry-run'], {
    REGION: 'europe-west1',
  })
  t.ok(calls.includes('--region=europe-west1'))
  const [args] = calls.filter((call) => call.startsWith('--args='))
  t.match(
    args,
    /^--args=\^\|\^load\.cjs\|--policy=\{"order":\{"types":"dead_letter","columns":"freeze"\}\}\|--dry-run\|--max-bad=1\|published:20[^|]+Z\/20[^|]+Z$/,
  )
})

t.test('a job that fails is exit code 1', async (t) => {
  t.equal((await load(['--tasks', '2', 'gs://b/raw/'], { CODE: '1' })).status, 1)
})

t.test('what no task can do is refused before anything is started', async (t) => {
  for (const [args, words] of [
    [
      ['--tasks', '2', 'orders.ndjson'],
      /cannot read orders\.ndjson: copy it to gs:\/\/my-project-prod-loads\/raw\//,
    ],
    [['--tasks', 'many', 'gs://b/raw/'], /--tasks is a whole number from 1, but is "many"/],
    [['--tasks', '2', '--local', 'gs://b/raw/'], /--tasks is of an environment in the cloud/],
    [['--tasks', '2', 'published:noon'], /SINCE of published:noon is a time/],
  ] as const) {
    const { status, stderr, calls } = await load(args)
    t.equal(status, 2)
    t.match(stderr, words)
    t.same(calls, [''])
  }
})

t.test('arguments are told by a character that none of them has', (t) => {
  const told = (...args: string[]) =>
    jobCall({ projectId: 'p', region: 'r', tasks: 1, args }).find((each) => each.startsWith('--args='))
  t.equal(told('gs://b/a'), '--args=load.cjs,gs://b/a')
  t.equal(told('gs://b/a,b'), '--args=^|^load.cjs|gs://b/a,b')
  t.equal(told('gs://b/a,b|c;d'), '--args=^#^load.cjs#gs://b/a,b|c;d')
  t.equal(told(',|;#~@', 'b'), '--args=^%%^load.cjs%%,|;#~@%%b', 'a@@@b would be read as a and @b')
  t.end()
})
