import t from 'tap'
import { SERVICES } from '../../scripts/bundle.ts'
import { fakeTools, INDEX, type FakeTools } from './fake-tools.ts'
import { jobOf, runJob } from './workflow-run.ts'

const PUSH = {
  'vars.PROJECT_ID': 'a-project',
  'vars.REGION': 'us-central1',
  "inputs.environment || 'dev'": 'dev',
  'inputs.environment': 'dev',
  "inputs.rebuilt && '--rebuilt' || ''": '--rebuilt',
  "steps.guard.outputs.tear_down == 'true' && '--rebuilt' || ''": '',
  "github.event_name == 'push' || inputs.tear_down": 'true',
}
const IMAGE = INDEX.manifests[1]!.digest
const NEW = Object.fromEntries(
  SERVICES.map((service) => [
    service,
    `us-central1-docker.pkg.dev/a-project/tablestream/${service}@${IMAGE}`,
  ]),
)

function play(tools: FakeTools, name: string, known: Readonly<Record<string, string>> = {}) {
  const [file, job] = name === 'integration-test' ? ['integration-test.yml', 'test'] : ['deploy.yml', name]
  const { job: steps, env } = jobOf(file, job)
  return runJob(tools, steps, { ...PUSH, ...known }, env)
}

t.test('the first push: every step of deploy, one after the other, in a project that has only a key', (t) => {
  const tools = fakeTools([])
  const well = (name: string, known = {}) => {
    const ran = play(tools, name, known)
    t.notOk(ran.failed, `${name}: ${ran.said}`)
    return ran
  }
  const clean = well('clean')
  t.equal(clean.outputs['guard.outputs.tear_down'], 'true')
  t.match(clean.said, /nothing is left of dev in a-project/)
  well('terraform')
  t.match(tools.variables(), { images: {}, api_keys_version: '3', canary: {} })
  for (const service of SERVICES) well('images', { 'matrix.service': service })
  const deploy = well('deploy')
  t.match(tools.variables(), { images: NEW, canary: {} })
  t.equal(deploy.outputs['before.outputs.images'], '', 'nothing ran before')
  for (const [service, image] of Object.entries(NEW)) t.match(deploy.summary, `* ${service}=${image}\n`)
  t.match(well('verify').said, /event-gateway: takes an event with an identity token/)
  t.match(
    well('integration-test').summary,
    /their rows and a new column found in \d+ s\..*orders has the column/s,
  )
  const applied = tools.calls().filter((call) => / (destroy|apply) /.test(call))
  t.match(applied, [/ destroy /, / apply /, / apply /], 'torn down, built with placeholders, deployed')
  t.end()
})

t.test('what ran before comes back when the integration test fails', (t) => {
  const before = { 'stream-writer': `registry/stream-writer@sha256:${'a'.repeat(64)}` }
  const tools = fakeTools([], { images: before, revisions: { 'stream-writer': 'stream-writer-00001-abc' } })
  const deploy = play(tools, 'deploy')
  t.notOk(deploy.failed, deploy.said)
  t.match(deploy.said, /a canary beside {"stream-writer":"stream-writer-00001-abc"}/)
  tools.put('found after', '100000')
  const test = play(tools, 'integration-test')
  t.ok(test.failed)
  t.match(test.said, /orders has no row of/)
  const back = play(tools, 'roll-back', {
    'needs.deploy.outputs.before': deploy.outputs['before.outputs.images']!,
  })
  t.notOk(back.failed, back.said)
  t.match(tools.variables(), { images: before, canary: {} })
  t.match(back.summary, /### Rolled dev back\n\n\* stream-writer=registry\/stream-writer@sha256:a+\n/)
  t.end()
})

t.test('production: in place, a tenth first, and back in the same job when its proof fails', (t) => {
  const BEFORE = { 'event-gateway': `registry/event-gateway@sha256:${'a'.repeat(64)}` }
  const { job, env } = jobOf('deploy-production.yml', 'deploy')
  const known = { ...PUSH, 'inputs.tear_down': 'false', 'inputs.confirmation': '' }
  const production = () =>
    fakeTools([], {
      environment: 'production',
      images: BEFORE,
      revisions: { 'event-gateway': 'event-gateway-00007-abc' },
    })

  const tools = production()
  const well = runJob(tools, job, known, env)
  t.notOk(well.failed, well.said)
  t.match(
    well.said,
    /a canary beside {"event-gateway":"revision-aaaa"}/,
    'the one that the apply before it made',
  )
  t.match(well.said, /deployment_check has the column smoke\w+/)
  t.match(tools.variables(), { images: NEW, canary: {} })
  t.notOk(tools.calls().some((call) => / destroy /.test(call)))

  const sick = production()
  sick.put('found after', '100000')
  const back = runJob(sick, job, known, env)
  t.ok(back.failed)
  t.match(back.said, /deployment_check has no row of.*production runs again what it ran before/s)
  t.match(sick.variables(), { images: BEFORE, canary: {} })
  t.match(back.summary, /### Rolled production back/)
  t.end()
})
