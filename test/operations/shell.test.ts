import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { root, runBlocks } from './workflows.ts'

const skip = skipped(missingTool('shellcheck'))
const scripts = globSync('scripts/*.sh', { cwd: root }).toSorted()
/** Read by others, and run by nobody. */
const SOURCED = ['scripts/common.sh', 'scripts/local-env.sh', 'scripts/terraform-errors.sh']

t.test('shellcheck finds nothing in the scripts', { skip }, (t) => {
  const { status, stdout, stderr } = spawnSync('shellcheck', ['-x', ...scripts], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(status, 0, stdout + stderr)
  t.end()
})

t.test('shellcheck finds nothing in the scripts of the workflows', { skip }, (t) => {
  for (const { where, script } of runBlocks()) {
    // as GitHub runs them
    const input = `set -eo pipefail\n${script}`
    const { status, stdout } = spawnSync('shellcheck', ['--shell=bash', '-'], { input, encoding: 'utf8' })
    t.equal(status, 0, `${where}\n${stdout}`)
  }
  t.end()
})

t.test(
  'every script ends at its first error, tells how it is used, and refuses what it does not know',
  (t) => {
    for (const script of scripts.filter((name) => !SOURCED.includes(name))) {
      t.match(
        readFileSync(`${root}/${script}`, 'utf8'),
        /^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/,
        script,
      )
      const run = (...args: string[]) => spawnSync('bash', [script, ...args], { cwd: root, encoding: 'utf8' })
      t.match(run('-h'), { status: 0, stdout: /usage: / }, `${script} -h`)
      t.match(run('--nonsense'), { status: 2, stderr: /--nonsense/ }, `${script} --nonsense`)
    }
    t.end()
  },
)

t.test('a wrong project or environment is named', (t) => {
  const run = (...args: string[]) => spawnSync('bash', args, { cwd: root, encoding: 'utf8' })
  for (const script of [
    'apply.sh',
    'cleanup-environment.sh',
    'verify.sh',
    'test-table-creation.sh',
    'logs.sh',
  ]) {
    t.match(run(`scripts/${script}`, 'No', 'dev'), { status: 2, stderr: /"No" is no project id/ })
    t.match(run(`scripts/${script}`, 'a-project', 'my-env'), {
      status: 2,
      stderr: /"my-env" is no environment/,
    })
  }
  t.match(run('scripts/deploy-service.sh', 'nope', 'a-project', 'dev'), {
    status: 2,
    stderr: /there is no service nope/,
  })
  t.end()
})

t.test('production is torn down only by a typed confirmation', (t) => {
  const run = (...args: string[]) =>
    spawnSync('bash', ['scripts/may-tear-down.sh', ...args], { cwd: root, encoding: 'utf8' })
  t.match(run('dev', 'true'), { status: 0, stdout: 'tear_down=true\n' })
  t.match(run('dev', 'false'), { status: 0, stdout: 'tear_down=false\n' })
  t.match(run('production', 'true', ''), {
    status: 0,
    stdout: 'tear_down=false\n',
    stderr: /deployed in place/,
  })
  t.match(run('production', 'true', 'yes'), {
    status: 1,
    stdout: '',
    stderr: /"yes" is not "tear down production"/,
  })
  t.match(run('production', 'true', 'tear down production'), { status: 0, stdout: 'tear_down=true\n' })
  t.end()
})
