import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { some } from '../long-tests.ts'
import { fakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const GOOGLE = 'provider "registry.terraform.io/hashicorp/google" {\n  version = "7.45.0"\n}\n'
const ANOTHER = 'provider "registry.terraform.io/evil/evil" {\n  version = "1.0.0"\n}\n'

/** By script, the folder of Terraform that it works in, and how it is called. */
const SCRIPTS = [
  ['terraform/bootstrap', ['scripts/bootstrap.sh', 'a-project', 'dev', 'our/repository']],
  ['terraform/bootstrap', ['scripts/bootstrap.sh', '--plan', 'a-project', 'dev', 'our/repository']],
  ['terraform', ['scripts/apply.sh', 'a-project', 'dev']],
  ['terraform', ['scripts/apply.sh', '--plan', 'a-project', 'dev']],
  ['terraform', ['scripts/cleanup-environment.sh', 'a-project', 'dev']],
] as const

/** A checkout with a lock file in `folder`, as init leaves it, in which `work` runs it; `isCommitted`: it is part of the repository. */
function withLock<T>(folder: string, lock: string, isCommitted: boolean, work: (checkout: string) => T): T {
  const checkout = realpathSync(mkdtempSync(join(tmpdir(), 'tablestream-lock-')))
  try {
    cpSync(join(root, 'scripts'), join(checkout, 'scripts'), { recursive: true })
    mkdirSync(join(checkout, folder), { recursive: true })
    writeFileSync(join(checkout, folder, '.terraform.lock.hcl'), lock)
    for (const args of isCommitted
      ? [
          ['init', '--quiet'],
          ['add', folder],
        ]
      : [])
      spawnSync('git', args, { cwd: checkout })
    return work(checkout)
  } finally {
    rmSync(checkout, { recursive: true })
  }
}

function run(tools: ReturnType<typeof fakeTools>, checkout: string, args: readonly string[]) {
  const env = {
    ...process.env,
    PATH: `${tools.bin}:${process.env['PATH']}`,
    REGION: '',
    RETRY_SECONDS: '0',
    GONE_SECONDS: '0',
  }
  return spawnSync('bash', args, { cwd: checkout, env, encoding: 'utf8' })
}

t.test('a provider that only the state asks for is installed, and never run', (t) => {
  for (const [folder, args] of some(SCRIPTS, 3)) {
    const tools = fakeTools([])
    const { status, stderr } = withLock(folder, GOOGLE + ANOTHER, false, (checkout) =>
      run(tools, checkout, args),
    )
    t.equal(status, 1, args.join(' '))
    t.match(stderr, `asks for a provider that ${folder} does not have: registry.terraform.io/evil/evil`)
    t.same(
      tools.calls().filter((call) => /terraform .* (plan|apply|destroy|import|output|show) /.test(call)),
      [],
      `${args.join(' ')}: nothing that starts a provider ran after init`,
    )
  }
  t.end()
})

t.test('a lock file that is committed is not changed by init, and one that is not is written', (t) => {
  for (const [folder, args] of some(SCRIPTS, 3))
    for (const isCommitted of [true, false]) {
      const tools = fakeTools([])
      withLock(folder, GOOGLE, isCommitted, (checkout) => run(tools, checkout, args))
      const [init] = tools.calls().filter((call) => / init /.test(call))
      t.equal(init?.includes(' -lockfile=readonly '), isCommitted, `${args.join(' ')}: ${init}`)
      t.ok(tools.calls().length > 2)
    }
  t.end()
})
