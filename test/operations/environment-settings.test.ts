import { spawnSync } from 'node:child_process'
import { appendFileSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseContracts } from '@tablestream/contract'
import { readJsonFiles } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { withTerraformCopy } from './terraform-copy.ts'
import { root, workflows } from './workflows.ts'

const skip = skipped(missingTool('terraform'))

/** By environment, what it sets as it comes. Whoever sets more or less has made the file his own: nothing about it is asserted then. */
const AS_IT_COMES: Readonly<Record<string, readonly string[]>> = {
  dev: ['monthly_budget'],
  staging: ['monthly_budget'],
  production: [
    'monthly_budget',
    'stream_writer_instances',
    'stream_writer_max_instances',
    'always_on',
    'event_generator_instances',
  ],
}

/** Settings that stand in comments, as they would stand if they were said. */
const IN_COMMENTS = /^# \w+ += (?:.*[^{]|\{\n(?:# {3}.*\n)+# \})$/gm

function eachAsItComes(t: Test, assert: (file: string, text: string) => void): void {
  for (const file of globSync('terraform/environments/*.tfvars', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    const set = [...text.matchAll(/^(\w+) +=/gm)].map(([, name]) => name)
    if (set.join() === AS_IT_COMES[basename(file, '.tfvars')]?.join()) assert(file, text)
    else t.comment(`${file} is somebody's own`)
  }
}

t.test('the settings that an environment shows are variables that there are', (t) => {
  const variables = readFileSync(join(root, 'terraform/variables.tf'), 'utf8')
  eachAsItComes(t, (file, text) => {
    const shown = [...text.matchAll(/^(?:# )?(\w+) += /gm)].map(([, name]) => name!)
    for (const name of ['notification_channels', 'billing_account', 'monthly_budget', ...shown]) {
      t.ok(shown.includes(name), `${file} tells of ${name}`)
      t.ok(variables.includes(`variable "${name}" {`), `${file}: ${name}`)
    }
  })
  t.end()
})

/** What is wrong with the contracts that an environment's settings name, as a service would say when it starts. */
function wrongContracts(settings: string, checkout: string): string {
  const [, folder = ''] = /^contracts *= *"([^"]*)"/m.exec(settings) ?? []
  try {
    parseContracts(readJsonFiles(folder === '' ? '' : join(checkout, folder)))
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

t.test('contracts that an environment names are ones that services take', (t) => {
  for (const file of globSync('terraform/environments/*.tfvars', { cwd: root }))
    t.equal(wrongContracts(readFileSync(join(root, file), 'utf8'), root), '', file)
  const checkout = t.testdir({ own: { 'refund.json': '{"type":"object","allOf":[]}' } })
  t.match(wrongContracts('a = 1\ncontracts    = "own"\n', checkout), /^refund\.json#\/allOf is not supported/)
  t.match(wrongContracts('contracts = "none"\n', checkout), /none cannot be read/)
  t.equal(wrongContracts('# contracts = "own"\n', checkout), '')
  t.end()
})

t.test('a setting that is taken out of its comment has the form that Terraform gives it', { skip }, (t) => {
  eachAsItComes(t, (file, text) => {
    const settings = text.match(IN_COMMENTS) ?? []
    t.ok(settings.length >= 2, `${file}: ${settings.length}`)
    const said = (taken: readonly string[]) =>
      taken.reduce((whole, setting) => whole.replace(setting, setting.replaceAll(/^# /gm, '')), text)
    for (const taken of [[], settings, ...settings.map((setting) => [setting])]) {
      const args = ['fmt', '-check', '-diff', '-']
      const { status, stdout, stderr } = spawnSync('terraform', args, {
        input: said(taken),
        encoding: 'utf8',
      })
      t.equal(status, 0, `${file}\n${stdout}${stderr}`)
    }
  })
  t.end()
})

t.test(
  "the checks ask for Terraform's form in what is ours, and not in what an environment says of itself",
  { skip },
  (t) => {
    const { content } = workflows().find(({ file }) => file.endsWith('/ci.yml'))!
    const scripts = content.jobs['terraform']!.steps!.map(({ run = '' }) => run).join('\n')
    const [format] = /^.*terraform fmt.*$/m.exec(scripts)!
    const check = (spoilt?: string) =>
      withTerraformCopy((cwd) => {
        if (spoilt !== undefined) appendFileSync(join(cwd, spoilt), 'a=1\nlonger = 2\n')
        return spawnSync('bash', ['-eo', 'pipefail', '-c', format], {
          cwd,
          env: { ...process.env, ROOT: 'terraform' },
        }).status
      })
    t.equal(check(), 0)
    t.equal(check('terraform/environments/dev.tfvars'), 0)
    t.not(check('terraform/bootstrap/apis.tf'), 0)
    t.not(check('terraform/tests/roles.tftest.hcl'), 0)
    t.end()
  },
)
