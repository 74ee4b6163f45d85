import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folderOfTests } from './folder-of-tests.ts'
import { root } from './workflows.ts'

const BASICS = 'bash basename cat chmod cp dirname env mkdir mktemp mv rm sed timeout'.split(' ')

/** As Go answers: modules lie in a cache that cannot be written to, and a build makes a program. */
const GO = String.raw`#!/usr/bin/env bash
set -eu
home="$(dirname "$0")/.."
printf 'go %s\n' "$*" >>"$home/calls"
case "$1 ${'${2:-}'}" in
  'mod download')
    folder="$home/cache/$(basename "$4")"
    mkdir -p "$folder"
    [[ $4 != github.com/hashicorp/terraform@* ]] ||
      printf 'replace github.com/hashicorp/terraform/internal/part => ./internal/part\n' >"$folder/go.mod"
    printf 'package part\n' >"$folder/part.go"
    printf '{\n\t"Path": "x",\n\t"Dir": "%s",\n\t"Sum": "y"\n}\n' "$folder" ;;
  'build -o')
    cat internal/part/part.go >>"$home/calls"
    printf '#!/usr/bin/env bash\necho "a terraform that was built"\n' >"$3"
    chmod +x "$3" ;;
  'install '*)
    mkdir -p "$GOBIN"
    printf '#!/usr/bin/env bash\n' >"$GOBIN/actionlint"
    chmod +x "$GOBIN/actionlint" ;;
esac
`

/** A machine with the basics, npm, and the tools that are named. */
function machine(tools: Readonly<Record<string, string>>) {
  const home = folderOfTests('tablestream-ci-')
  const bin = join(home, 'bin')
  mkdirSync(bin)
  for (const name of BASICS) {
    const { stdout } = spawnSync('bash', ['-c', `command -v ${name}`], { encoding: 'utf8' })
    symlinkSync(stdout.trim(), join(bin, name))
  }
  const npm =
    '#!/usr/bin/env bash\nprintf "npm %s\\n" "$*"\n! command -v terraform >/dev/null || terraform version\n'
  for (const [name, text] of Object.entries({ npm, ...tools })) {
    writeFileSync(join(bin, name), text)
    chmodSync(join(bin, name), 0o755)
  }
  const env = { PATH: bin, HOME: home }
  const run = () => spawnSync(join(bin, 'bash'), [join(root, '.ci/run')], { env, encoding: 'utf8' })
  return { run, calls: () => readFileSync(join(home, 'calls'), 'utf8').trim().split('\n') }
}

t.test('where there is Go and no terraform, it is built from its source once, and tests find it', (t) => {
  const { run, calls } = machine({ go: GO })
  const { status, stdout, stderr } = run()
  t.equal(status, 0, stderr)
  t.match(stdout, /^npm test\na terraform that was built$/m)
  t.match(calls(), [
    /^go mod download -json github\.com\/hashicorp\/terraform@v\d+\.\d+\.\d+$/,
    /^go mod download -json github\.com\/hashicorp\/terraform\/internal\/part@v0\.0\.0-\d{14}-[0-9a-f]{12}$/,
    /^go mod edit /,
    /^go build -o \S+ -ldflags .*version\.dev=no \.$/,
    'package part',
    /^go install github\.com\/rhysd\/actionlint\/cmd\/actionlint@v\d+\.\d+\.\d+$/,
  ])
  t.notMatch(stdout, /^skipped: actionlint/m)
  const before = calls().length
  t.match(run(), { status: 0, stdout: /a terraform that was built/ })
  t.equal(calls().length, before, 'the second run builds nothing')
  t.end()
})

/** As pip installs commands. */
const PYTHON = String.raw`#!/usr/bin/env bash
set -eu
# what is there already is asked for, not installed
[[ $1 == -m ]] || exit 1
printf 'python3 %s\n' "$*" >>"$(dirname "$0")/../calls"
while [[ $1 != --target ]]; do shift; done
mkdir -p "$2/bin"
for name in zizmor hadolint; do
  printf '#!/usr/bin/env bash\n' >"$2/bin/$name"
  chmod +x "$2/bin/$name"
done
`

t.test('where there is Python, the linters that hold a deployment up are installed once', (t) => {
  const { run, calls } = machine({ python3: PYTHON })
  const { status, stdout, stderr } = run()
  t.equal(status, 0, stderr)
  t.notMatch(stdout, /^skipped: zizmor/m)
  t.match(calls(), [
    / -m pip install .*--requirement \S+\.ci\/requirements\.txt$/,
    / -m pip install .*--requirement \S+\.ci\/python-client\.txt$/,
    / -m pip install .*--requirement \S+\.ci\/dbt\.txt$/,
  ])
  t.equal(run().status, 0)
  t.equal(calls().length, 3, 'the second run installs nothing')
  t.end()
})

t.test('linters have one version each', (t) => {
  const lines = readFileSync(join(root, '.ci/requirements.txt'), 'utf8').split('\n')
  const pinned = lines.filter((line) => line !== '' && !line.startsWith('#'))
  t.equal(pinned.length, 2)
  for (const line of pinned) t.match(line, /^[\w-]+==\d+(\.\d+)+$/)
  t.end()
})

t.test('it is the version that the workflows use', (t) => {
  const [, version] = /VERSION=(\S+)/.exec(readFileSync(join(root, '.ci/terraform'), 'utf8'))!
  const workflow = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8')
  t.match(workflow, `terraform_version: ${version}\n`)
  t.end()
})

t.test('each kind of test that cannot run is said in a line, and the others run', (t) => {
  const { status, stdout } = machine({}).run()
  t.equal(status, 0)
  const lines = stdout.trim().split('\n')
  t.equal(lines.at(-1), 'npm test')
  const said = lines.slice(0, -1)
  for (const line of said) t.match(line, /^skipped: [^:]+: .+/)
  const kinds = [
    'shellcheck',
    'Terraform',
    "Google's own tools",
    "Google's clients for Java",
    'Python',
    'dbt',
    'zizmor',
    'actionlint',
  ]
  for (const kind of kinds)
    t.equal(said.filter((line) => line.startsWith(`skipped: ${kind}`)).length, 1, kind)
  t.end()
})

t.test('everything is run, here and by the workflow', (t) => {
  const { status, stdout } = machine({
    npm: '#!/usr/bin/env bash\necho "LONG_TESTS=$LONG_TESTS npm $*"\n',
  }).run()
  t.equal(status, 0)
  t.equal(stdout.trim().split('\n').at(-1), 'LONG_TESTS=1 npm test')
  const workflow = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8')
  t.match(workflow, /- run: npm test\n +env:\n +LONG_TESTS: '1'\n/)
  t.end()
})

t.test('a build that fails is a skipped test, and no end', (t) => {
  const { status, stdout, stderr } = machine({
    go: '#!/usr/bin/env bash\necho "no network" >&2\nexit 1\n',
  }).run()
  t.equal(status, 0)
  t.match(stderr, /no network/)
  t.match(stdout, /^skipped: Terraform's .*could not be built$/m)
  t.end()
})
