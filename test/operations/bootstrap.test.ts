import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fakeTools, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

function bootstrap(tools: FakeTools, ...args: string[]) {
  return bootstrapIn('', tools, ...args)
}

function bootstrapIn(region: string, tools: FakeTools, ...args: string[]) {
  const PATH = `${tools.bin}:${process.env['PATH']}`
  const env = { ...process.env, PATH, REGION: region, RETRY_SECONDS: '0' }
  return spawnSync('bash', ['scripts/bootstrap.sh', ...args], { cwd: root, env, encoding: 'utf8' })
}

const called = (tools: FakeTools, pattern: RegExp) => tools.calls().filter((call) => pattern.test(call))

t.test('a project is prepared, and GitHub has its environment with its variables', (t) => {
  const tools = fakeTools([])
  const { status, stderr } = bootstrap(tools, 'a-project', 'dev', 'our/repository')
  t.equal(status, 0, stderr)
  t.match(called(tools, / apply /), [
    /-var=environment=dev .*-var=github_owner_id=1234 -var=github_repository_id=5678/,
  ])
  t.match(called(tools, /gh api --method PUT/), [
    /repos\/our\/repository\/environments\/dev /,
    /environments\/plan$/,
  ])
  // not even an empty list of reviewers: a plan without that rule refuses the whole environment
  t.same(JSON.parse(tools.get('stdin')), {
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  })
  t.equal(called(tools, /deployment-branch-policies -f name=main/).length, 1)
  const variables = called(tools, /gh variable set/).map((call) => call.split(' ').slice(3, 8).join(' '))
  for (const name of ['PROJECT_ID', 'REGION', 'DEPLOY_PROVIDER', 'PLAN_PROVIDER'])
    for (const environment of ['dev', 'plan'])
      t.ok(
        variables.includes(`${name} --repo our/repository --env ${environment}`),
        `${name} of ${environment}`,
      )
  t.match(stderr, /next: a key for each who publishes/)
  t.end()
})

t.test("Google's own accounts are there before Terraform gives them their roles", (t) => {
  const tools = fakeTools([])
  bootstrap(tools, 'a-project', 'dev', 'our/repository')
  const agents = ['pubsub', 'eventarc', 'workflows']
  const made = called(tools, /services identity create| apply /)
  t.match(made, [...agents.map((agent) => new RegExp(`--service=${agent}\\.googleapis\\.com`)), / apply /])
  const [enabled] = called(tools, /services enable/)
  t.match(enabled, / pubsub\.googleapis\.com eventarc\.googleapis\.com workflows\.googleapis\.com/)
  t.end()
})

t.test('production has reviewers, or is refused', (t) => {
  const refused = fakeTools([], { environment: 'production' })
  t.match(bootstrap(refused, 'a-project', 'production', 'our/repository'), {
    status: 1,
    stderr: /somebody has to approve deployments to production: --reviewer LOGIN/,
  })
  t.same(refused.calls(), [])

  const tools = fakeTools([], { environment: 'production' })
  const { status, stderr } = bootstrap(
    tools,
    '--reviewer',
    'alice',
    'a-project',
    'production',
    'our/repository',
  )
  t.equal(status, 0, stderr)
  t.match(JSON.parse(tools.get('stdin')), { reviewers: [{ type: 'User', id: 42 }] })
  t.same(called(tools, /environments\/plan/), [])
  t.end()
})

t.test('an account that was just made is waited for', (t) => {
  const tools = fakeTools([])
  tools.failOn(' apply ', {
    times: 2,
    message:
      '╷\n│ Error: googleapi: Error 400: Service account event-gateway@a-project.iam.gserviceaccount.com does not exist.\n╵',
  })
  t.equal(bootstrap(tools, 'a-project', 'dev', 'our/repository').status, 0)
  t.equal(called(tools, / apply /).length, 3)
  t.end()
})

t.test('an API that was switched on a moment ago is waited for', (t) => {
  for (const part of ['storage buckets create', 'services identity create', ' init ', 'services enable']) {
    const tools = fakeTools([])
    tools.failOn(part, {
      times: 2,
      message:
        'ERROR: (gcloud) PERMISSION_DENIED: Cloud Storage API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/ then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.',
    })
    tools.put('environment', '')
    const { status, stderr } = bootstrap(tools, 'a-project', 'dev', 'our/repository')
    t.equal(status, 0, `${part}: ${stderr}`)
  }
  t.end()
})

t.test('a project that was prepared in a region stays there', (t) => {
  const tools = fakeTools([])
  t.match(bootstrapIn('europe-west1', tools, 'a-project', 'dev', 'our/repository'), {
    status: 1,
    stderr: /a-project was prepared in us-central1, and this is for europe-west1/,
  })
  t.same(called(tools, / apply |^gh api --method/), [])
  t.end()
})

t.test('a reviewer whom GitHub does not know is named, and nothing is made', (t) => {
  const tools = fakeTools([], { environment: 'production' })
  tools.failOn('gh api users/', { message: 'gh: Not Found (HTTP 404)' })
  const args = ['--reviewer', 'alise', 'a-project', 'production', 'our/repository']
  const { status, stderr } = bootstrap(tools, ...args)
  t.equal(status, 1)
  t.match(stderr, /HTTP 404.*GitHub has no user alise/s)
  t.notMatch(stderr, /jq/)
  t.same(called(tools, / apply |^gh api --method/), [])
  t.end()
})

t.test('a project that holds an environment gets no other', (t) => {
  const tools = fakeTools([])
  t.match(bootstrap(tools, 'a-project', 'staging', 'our/repository'), {
    status: 1,
    stderr: /a-project holds the environment "dev" and no other/,
  })
  t.same(called(tools, / apply |^gh api --method/), [])
  t.end()
})

t.test('a plan changes nothing', (t) => {
  const tools = fakeTools([])
  t.equal(bootstrap(tools, '--plan', 'a-project', 'production', 'our/repository').status, 0)
  t.match(tools.calls(), [/^gh api repos/, / init /, / plan .*-lock=false -detailed-exitcode/])
  t.equal(tools.calls().length, 3)
  t.end()
})

t.test('what GitHub does not have is said before anything is made in the project', (t) => {
  const refused = {
    status: 1,
    stderr:
      /GitHub has no environments for our\/repository.*with GitHub Pro or Team, and reviewers with GitHub Enterprise alone/,
  }
  const made = (tools: FakeTools) =>
    called(tools, /^gcloud (services|beta|storage buckets create)|^terraform /)
  const tools = fakeTools([])
  tools.failOn('--method PUT')
  t.match(bootstrap(tools, 'a-project', 'dev', 'our/repository'), refused)
  t.same(made(tools), [])

  // a rule that is left out is no rule
  const free = fakeTools([])
  free.put('plan of github', 'free')
  t.match(bootstrap(free, 'a-project', 'dev', 'our/repository'), refused)
  t.same(made(free), [])

  const team = fakeTools([], { environment: 'production' })
  team.put('plan of github', 'team')
  t.match(bootstrap(team, '--reviewer', 'alice', 'a-project', 'production', 'our/repository'), refused)
  t.same(made(team), [])
  const dev = fakeTools([])
  dev.put('plan of github', 'team')
  t.equal(bootstrap(dev, 'a-project', 'dev', 'our/repository').status, 0)
  t.end()
})

t.test('providers are locked where no lock is committed', (t) => {
  const tools = fakeTools([])
  bootstrap(tools, 'a-project', 'dev', 'our/repository')
  const locks = called(tools, /providers lock/)
  const committed = spawnSync(
    'git',
    ['ls-files', 'terraform/*.terraform.lock.hcl', 'terraform/bootstrap/*.terraform.lock.hcl'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  ).stdout
  t.equal(locks.length + new Set(committed.split('\n').filter(Boolean)).size, 2)
  t.end()
})

t.test('who sets a billing account is told the roles of both: who applies, and who plans', (t) => {
  const [, steps] = /## First deployment, from an empty project\n(.*?)\n### /s.exec(
    readFileSync(`${root}/docs/operations.md`, 'utf8'),
  )!
  for (const [account, role] of [
    ['deployer', 'costsManager'],
    ['planner', 'viewer'],
  ])
    t.match(steps, new RegExp(`tablestream-${account}@\\$PROJECT\\S+" --role=roles/billing\\.${role}`))
  t.end()
})
