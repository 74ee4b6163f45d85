import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, matchesGlob, relative } from 'node:path'
import { validate } from 'dockerfile-utils'
import dockerfilelint from 'dockerfilelint'
import t from 'tap'
import { SERVICES } from '../../scripts/bundle.ts'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { root } from './workflows.ts'

const text = readFileSync(`${root}/Dockerfile`, 'utf8')
const rules = readFileSync(`${root}/.dockerignore`, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
/** What is copied from the folder of the build, and where to. */
const copies = [...text.matchAll(/^COPY (?!--from)(.+) (\S+)$/gm)].map(([, sources, to]) => ({
  sources: sources!.split(' '),
  to: to!,
}))

/** As Docker reads .dockerignore: the last rule that fits a path or a folder above it decides. */
function letIn(path: string): boolean {
  const above = path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'))
  const last = rules.findLast((rule) => above.some((part) => matchesGlob(part, rule.replace(/^!/, ''))))
  return last === undefined || last.startsWith('!')
}

/** The folder that the first stage of the Dockerfile bundles in, as its COPY lines and `npm ci` make it. */
function layOut(folder: string): void {
  for (const { sources, to } of copies)
    for (const source of sources) {
      // a folder's contents are copied, a file by its name
      const target = source.endsWith('/') ? join(folder, to) : join(folder, to, basename(source))
      const filter = (path: string) => letIn(relative(root, path))
      cpSync(join(root, source), target, { recursive: true, filter })
    }
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => each !== '@tablestream')) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  // the workspaces are those that were copied
  for (const service of readdirSync(join(folder, 'services'))) {
    const link = join(folder, 'node_modules/@tablestream', service)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(folder, 'services', service), link)
  }
}

type Containers = Record<string, { args: string[]; env: Record<string, string | null> }>

/** docker, of an image that is the service's folder in dist. */
const DOCKER = String.raw`#!/usr/bin/env bash
set -e
state="$(dirname "$0")"
if [[ $1 == stop ]]; then kill "$(cat "$state/$2")"; exit; fi
shift
variables=() port=8080
while [[ $1 == --* ]]; do
  case "$1" in
    --name) echo $$ >"$state/$2" ;;
    --publish) IFS=: read -r _ port _ <<<"$2" ;;
    --env=*) variables+=("${'${1#--env=}'}") && set -- '' "$@" ;;
    --rm) set -- '' "$@" ;;
  esac
  shift 2
done
cd "$DIST/$1"
shift
exec env -i HOST=127.0.0.1 PORT="$port" "${'${variables[@]}'}" "$NODE" "$@"
`

/** Runs .ci/image-starts over the bundles of a folder. */
function imageStarts(folder: string, service: string, containers?: Containers) {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'docker'), DOCKER, { mode: 0o755 })
  const list = join(folder, 'containers.json')
  if (containers !== undefined) writeFileSync(list, JSON.stringify(containers))
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH']}`,
    DIST: join(folder, 'dist'),
    NODE: process.execPath,
    PORT: '18940',
    CONTAINERS: containers === undefined ? '' : list,
  }
  return spawnSync('bash', ['.ci/image-starts', service], { cwd: root, env, encoding: 'utf8' })
}

t.test('the linters find nothing', (t) => {
  t.same(validate(text), [])
  t.same(dockerfilelint.run(root, text), [])
  t.end()
})

t.test('hadolint finds nothing', { skip: skipped(missingTool('hadolint')) }, (t) => {
  const { status, stdout, stderr } = spawnSync('hadolint', ['Dockerfile'], { cwd: root, encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
  t.end()
})

t.test(
  'bases are named by digest, and what runs has no shell, no root and Node as its first process',
  (t) => {
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base!)
    for (const base of bases) t.match(base, /@sha256:[0-9a-f]{64}$/)
    t.match(bases.at(-1), /distroless.*:nonroot@/)
    t.match(text, /^USER 65532:65532$/m)
    t.match(text, /^CMD \["server\.cjs"\]$/m)
    t.match(text, /org\.opencontainers\.image\.revision="\$COMMIT"/)
    t.end()
  },
)

t.test('an image is built from what is named, and nothing else', (t) => {
  t.equal(rules[0], '*')
  const copied = copies.flatMap(({ sources }) => sources)
  for (const source of copied) t.ok(rules.includes(`!${source.replace(/\/$/, '')}`), `${source} is let in`)
  t.end()
})

t.test('what an image is built from is enough for each service', (t) => {
  // outside of the repository: nothing is found in a folder above
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  layOut(folder)
  t.notOk(existsSync(join(folder, 'services/stream-writer/test')), 'tests stay outside')
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle.ts', ...SERVICES], {
    cwd: folder,
    encoding: 'utf8',
  })
  t.equal(status, 0, stderr)
  for (const service of SERVICES) t.ok(existsSync(join(folder, 'dist', service, 'server.cjs')), service)
  for (const service of SERVICES) {
    const ran = imageStarts(folder, service)
    t.equal(ran.status, 0, ran.stdout + ran.stderr)
    t.match(ran.stdout, `${service} starts as Terraform tells it`)
    if (service !== 'table-manager') continue
    for (const job of ['archiver', 'batch-loader']) t.match(ran.stdout, `${job} starts as Terraform tells it`)
    t.ok(existsSync(join(folder, 'dist', service, 'load.cjs')))
  }
  const list = JSON.parse(readFileSync(join(root, 'terraform/tests/containers.json'), 'utf8')) as Containers
  list['stream-writer']!.args.unshift('--heap-growing-percents=100')
  t.match(imageStarts(folder, 'stream-writer', list), {
    status: 1,
    stderr: /PROJECT_ID|does not say what it lacks: .*bad option/s,
  })
  list['event-generator']!.env['LOG_LEVEL'] = 'loud'
  t.match(imageStarts(folder, 'event-generator', list), {
    status: 1,
    stdout: /configuration: LOG_LEVEL/,
    stderr: /event-generator does not take what Terraform tells it/,
  })
  t.end()
})
