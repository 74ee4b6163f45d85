import { existsSync, globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { SERVICES } from '../../scripts/bundle.ts'
import { root } from './workflows.ts'

/** The one list that all others are held to: what has an image. */
const all: readonly string[] = [...SERVICES].toSorted()
const without = (...names: string[]) => all.filter((name) => !names.includes(name))
/** One instance each: no canary could run beside it. */
const single = ['event-generator', 'console']

/** Lists that are shorter for a reason, by where they stand. */
const OTHERS: readonly { readonly file: string; readonly why: string; readonly names: readonly string[] }[] =
  [
    { file: 'terraform/variables.tf', why: 'canary', names: without(...single) },
    { file: 'terraform/variables.tf', why: 'always_on: no worker pool', names: without('stream-writer') },
    { file: 'terraform/variables.tf', why: 'always_on', names: without('stream-writer', 'console') },
    {
      file: 'terraform/services.tf',
      why: 'who verifies calls them',
      names: without('table-manager', 'stream-writer'),
    },
    {
      file: 'terraform/tests/contracts.tftest.hcl',
      why: 'services that judge events',
      names: without('event-generator', 'stream-writer'),
    },
    {
      file: 'terraform/tests/type-field.tftest.hcl',
      why: 'services, no worker pool',
      names: without('stream-writer'),
    },
    {
      file: 'scripts/cleanup-environment.sh',
      why: 'services, no worker pool',
      names: without('stream-writer'),
    },
  ]

const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8')

/** Names of services that stand one after the other, three and more of them: with what programs or people put between. */
function listsIn(text: string): readonly (readonly string[])[] {
  const name = `["'\`]?(?:${all.join('|')})["'\`]?`
  const list = new RegExp(`${name}(?:(?:,? and |[,;|\\s]+)${name}){2,}`, 'g')
  return [...text.matchAll(list)].map(([found]) =>
    [...found.matchAll(new RegExp(all.join('|'), 'g'))].map(([one]) => one).toSorted(),
  )
}

/** By account, what runs as it. */
const namesIn = (text: string) => [...text.matchAll(/^ {4}"([a-z-]+)" += ["{]/gm)].map(([, name]) => name!)
const runAs = namesIn(read('terraform/bootstrap/service-accounts.tf'))

/** What deploys; a laptop starts others. */
const FILES = globSync(
  [
    'terraform/**/*.{tf,hcl}',
    'scripts/*.sh',
    'scripts/bundle.ts',
    '.github/workflows/*.yml',
    'docs/operations.md',
  ],
  { cwd: root, exclude: (path) => path.includes('.terraform') },
).toSorted()

t.test('every list of services has all of them, or is one that is shorter for a reason', (t) => {
  let lists = 0
  for (const file of FILES)
    for (const names of listsIn(read(file))) {
      lists += 1
      const known = [all, ...OTHERS.filter((other) => other.file === file).map((other) => other.names)]
      t.ok(
        known.some((list) => list.join() === names.join()),
        `${file} has the list ${names.join(', ')}; all are ${all.join(', ')}`,
      )
    }
  t.ok(lists > 12, `${lists} lists`)
  t.end()
})

t.test('a list that is short is found', (t) => {
  const text = `for service in ${all.slice(1).join(' ')}; do`
  t.same(listsIn(text), [all.slice(1)])
  t.same(listsIn(`["${all.join('", "')}"]`), [all])
  t.same(listsIn(`${all.slice(0, -1).join(', ')} and ${all.at(-1)}`), [all])
  t.end()
})

t.test('each service has its script, its account and its container', (t) => {
  t.same(namesIn(read('terraform/services.tf')).toSorted(), all, 'terraform/services.tf')
  for (const service of all) {
    t.ok(runAs.includes(service), `${service} has an account`)
    t.ok(existsSync(`${root}/scripts/deploy-${service}.sh`), `scripts/deploy-${service}.sh`)
    t.ok(existsSync(`${root}/services/${service}/src/server.ts`), `services/${service}`)
  }
  t.end()
})

t.test('an account that the environment or a script names is one that bootstrap makes', (t) => {
  const people = [...read('terraform/bootstrap/service-accounts.tf').matchAll(/account_id += "([a-z-]+)"/g)]
  const made = [...runAs, ...people.map(([, name]) => name!)]
  let named = 0
  for (const file of FILES.filter((name) => !name.endsWith('.hcl')))
    for (const [, account] of read(file).matchAll(
      /([a-z][a-z-]+)@\$?\{?\w*\.?(?:project|PROJECT)\w*\}?\.iam\./g,
    )) {
      named += 1
      t.ok(made.includes(account!), `${file} names ${account}`)
    }
  t.ok(named >= 8, `${named} names`)
  for (const account of runAs)
    t.match(read('terraform/bootstrap/tests/identity.tftest.hcl'), `"${account}"`, `${account} is asserted`)
  t.end()
})
