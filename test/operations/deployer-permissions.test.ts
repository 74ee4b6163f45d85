import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { root } from './workflows.ts'

// What all that bootstrap gives the deployer adds up to. A role's permissions are Google's: role-definitions.json has them as they were
// on the day it was written.
const definitions = JSON.parse(
  readFileSync(new URL('role-definitions.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, string>>

const terraform = globSync('terraform/bootstrap/*.tf', { cwd: root })
  .toSorted()
  .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
  .join('\n')

interface Grant {
  readonly name: string
  readonly roles: readonly string[]
  readonly on: 'project' | 'resource'
  readonly condition: string | undefined
}

const MEMBER = 'google_service_account.deployer.member'

/** Every grant to the deployer; one whose roles cannot be read here is an error, and not none. */
function grantsOfDeployer(): readonly Grant[] {
  const blocks = terraform.matchAll(/^resource "(google_\w+_iam_\w+)" "(\w+)" \{\n(.*?)^\}/gms)
  return [...blocks]
    .filter(([, , , body]) => body!.includes(MEMBER))
    .map(([, type, name, body]) => ({
      name: `${type}.${name}`,
      roles: rolesOf(body!),
      on: type === 'google_project_iam_member' ? 'project' : 'resource',
      condition: /^ {4}expression +=.*$/m.exec(body!)?.[0],
    }))
}

function rolesOf(body: string): readonly string[] {
  const own = new RegExp(`role = "(roles/[^"]+)", member = ${MEMBER}`, 'g')
  const inMap = [...body.matchAll(own)].map(([, role]) => role!)
  if (inMap.length > 0) return inMap
  const [, role] = /^ {2}role +=\s+(\S+)$/m.exec(body) ?? []
  if (role?.startsWith('"')) return [role.slice(1, -1)]
  if (role === 'each.key' && body.includes('toset(local.deployer_roles)')) return deployerRoles()
  const [, custom] = /^google_project_iam_custom_role\.(\w+)\.id$/.exec(role ?? '') ?? []
  if (custom !== undefined) return [custom]
  throw new Error(`nobody knows the roles of ${body}`)
}

function deployerRoles(): readonly string[] {
  const [, list] = /deployer_roles = \[(.*?)\]$/ms.exec(terraform)!
  return [...list!.matchAll(/"(roles\/[^"]+)"/g)].map(([, role]) => role!)
}

function permissionsOf(role: string): readonly string[] {
  const defined = definitions[role]
  if (defined !== undefined)
    return Object.entries(defined).flatMap(([on, verbs]) => verbs.split(' ').map((verb) => `${on}.${verb}`))
  const [, list] =
    new RegExp(
      `^resource "google_project_iam_custom_role" "${role}" \\{\\n.*?permissions = \\[(.*?)\\]`,
      'ms',
    ).exec(terraform) ?? []
  if (list === undefined) throw new Error(`role-definitions.json does not know ${role}`)
  return [...list.matchAll(/"([^"]+)"/g)].map(([, permission]) => permission!)
}

const grants = grantsOfDeployer()
const onProject = grants.filter(({ on, condition }) => on === 'project' && condition === undefined)
const permissions = new Set(onProject.flatMap(({ roles }) => roles.flatMap(permissionsOf)))

t.test('every grant is read', (t) => {
  const names = grants.flatMap(({ name, roles }) => roles.map(() => name))
  const said = terraform.match(new RegExp(`member += ${MEMBER}`, 'g'))!
  // a list of roles is said once
  t.equal(names.length, said.length + deployerRoles().length - 1)
  t.ok(permissions.has('run.services.create') && permissions.has('storage.buckets.create'))
  t.end()
})

t.test('on the project it can give nobody anything, and become nobody', (t) => {
  // each of these is a way to more than one has: iam.gserviceaccount keys, tokens, roles, policies; code that runs as others; secrets
  const MORE = [
    /^resourcemanager\..*(setIamPolicy|PolicyBinding)$/,
    /^iam\./,
    /^cloudkms\.(keyRings|cryptoKeys)\./,
    /^(secretmanager|orgpolicy|deploymentmanager|cloudbuild|cloudfunctions|composer|compute|container)\..*(create|setIamPolicy|access|update|actAs)/,
    /^storage\..*setIamPolicy$/,
    /^storage\.objects\./,
    /^serviceusage\.apiKeys\./,
    /^logging\.(sinks|views|buckets|exclusions)\.(create|update|delete)/,
  ]
  for (const more of MORE)
    t.same(
      [...permissions].filter((permission) => more.test(permission)),
      [],
      String(more),
    )
  t.end()
})

t.test('policies that it sets on the project are those of resources that an environment has', (t) => {
  const set = [...permissions].filter((permission) => permission.endsWith('.setIamPolicy'))
  t.same(
    set.filter((permission) => !/^(bigquery|dataplex|eventarc|pubsub|run)\./.test(permission)),
    [],
  )
  t.end()
})

t.test('what it may be is the accounts of services and the one who verifies', (t) => {
  const asOthers = grants.filter(({ roles }) =>
    roles.some((role) =>
      permissionsOf(role).some((each) => /^iam\.serviceAccounts\.(actAs|get\w*Token|sign)/.test(each)),
    ),
  )
  t.same(
    asOthers.map(({ name, on }) => `${name} on a ${on}`),
    [
      'google_service_account_iam_member.act_as on a resource',
      'google_service_account_iam_member.smoke on a resource',
    ],
  )
  t.end()
})

t.test(
  'buckets: it makes them, sees into the archive by a condition, and writes the state of the environment',
  (t) => {
    const ofStorage = grants.filter(({ roles }) =>
      roles.some((role) => permissionsOf(role).some((each) => each.startsWith('storage.'))),
    )
    t.match(ofStorage, [
      {
        name: 'google_project_iam_member.deployer_archive',
        roles: ['roles/storage.admin'],
        condition: /expression/,
      },
      { name: 'google_project_iam_member.deployer_buckets', roles: ['bucket_maker'], condition: undefined },
      {
        name: 'google_storage_bucket_iam_member.state',
        roles: ['roles/storage.legacyBucketReader'],
        on: 'resource',
        condition: undefined,
      },
      {
        name: 'google_storage_bucket_iam_member.deployer_state',
        roles: ['roles/storage.objectUser'],
        on: 'resource',
        condition: /expression/,
      },
    ])
    t.equal(ofStorage.length, 4)
    t.same(permissionsOf('bucket_maker'), ['storage.buckets.create', 'storage.buckets.list'])
    t.notOk(permissionsOf('roles/storage.objectUser').includes('storage.objects.setIamPolicy'))
    t.end()
  },
)

/** By root, the prefix of its state in the bucket, as the scripts tell it to `terraform init`. */
function prefixOf(script: string): string {
  const text = readFileSync(`${root}/scripts/${script}`, 'utf8')
  const [, prefix] = /init_root [\w/]+ "?prefix=([\w/$]+)/.exec(text)!
  return prefix!.replace('$environment', 'dev')
}

t.test(
  "what it writes or deletes in the bucket of the states is the environment's, and not bootstrap's",
  (t) => {
    const OWN = 'projects/_/buckets/a-project-tablestream-state/objects/'
    const states = [prefixOf('bootstrap.sh'), prefixOf('common.sh')]
    t.same(states, ['bootstrap', 'environments/dev'])
    // conditions are looked at as IAM does: one expression, of a kind that is known here
    const writers = grants.filter(({ roles }) =>
      roles.some((role) =>
        permissionsOf(role).some((each) => /^storage\.objects\.(create|delete|move|update)$/.test(each)),
      ),
    )
    t.ok(writers.some(({ name }) => name === 'google_storage_bucket_iam_member.deployer_state'))
    const writes = (object: string) =>
      writers.filter(({ condition }) => condition === undefined || holds(condition, object))
    for (const file of ['default.tfstate', 'default.tflock']) {
      t.same(writes(`${OWN}${states[0]}/${file}`), [], `${states[0]}/${file}`)
      t.same(
        writes(`${OWN}${states[1]}/${file}`).map(({ name }) => name),
        ['google_storage_bucket_iam_member.deployer_state'],
        `${states[1]}/${file}`,
      )
    }
    // what Terraform lists is asked of the bucket, where the condition of a name does not hold
    t.ok(permissionsOf('roles/storage.legacyBucketReader').includes('storage.objects.list'))
    t.end()
  },
)

/** Whether a condition lets somebody at a resource of this name. */
function holds(condition: string, name: string): boolean {
  const told = condition
    .replaceAll('${local.archive_bucket}', 'projects/_/buckets/a-project-dev-events-archive')
    .replaceAll('${local.loads_bucket}', 'projects/_/buckets/a-project-dev-loads')
    .replaceAll('${google_storage_bucket.state.name}', 'a-project-tablestream-state')
    .replaceAll('${var.environment}', 'dev')
  const [, expression] = /expression += "(.*)"$/.exec(told) ?? []
  return expression!.split(' || ').some((part) => {
    const [, same, prefix] = /^resource\.name(?: == '([^'$]+)'|\.startsWith\('([^'$]+)'\))$/.exec(part) ?? []
    if ((same ?? prefix) === undefined) throw new Error(`"${part}" is a condition that nobody knows`)
    return same === undefined ? name.startsWith(prefix!) : name === same
  })
}

t.test('of the secret it knows the versions, and not what is in them', (t) => {
  const ofSecret = grants.filter(({ name }) => name.startsWith('google_secret_manager'))
  t.same(
    ofSecret.flatMap(({ roles }) => roles),
    ['roles/secretmanager.viewer'],
  )
  t.notOk(permissionsOf('roles/secretmanager.viewer').some((each) => /access|setIamPolicy/.test(each)))
  t.end()
})

const parts = (permission: string) => permission.split('.')

t.test('it runs the scaler of stream-writer, and can do nothing by it that it cannot do itself', (t) => {
  const ofScaler = [...terraform.matchAll(/^resource "(google_\w+_iam_\w+)" "(\w+)" \{\n(.*?)^\}/gms)].filter(
    ([, , , body]) => body!.includes('google_service_account.service["writer-scaler"].member'),
  )
  t.same(
    ofScaler.map(([, type, name]) => `${type}.${name}`),
    [
      'google_service_account_iam_member.scaler_acts_as',
      'google_project_iam_member.scaler_reads',
      'google_project_iam_member.scaler_configured',
    ],
  )
  // on the pool, by the environment
  const scales = permissionsOf('pool_scaler')
  const reads = ['scaler_reader', 'configuration_reader'].flatMap(permissionsOf)
  t.same(
    [...scales, ...reads].filter((permission) => !permissions.has(permission)),
    [],
    'it has each of them on the project',
  )
  t.match(ofScaler[0]![3], 'service_account_id = google_service_account.service["stream-writer"].name')
  t.match(
    terraform,
    /"act_as" \{\n {2}for_each = google_service_account\.service\n/,
    'it acts as each of the services',
  )
  t.end()
})

t.test('the scaler changes a pool, and makes, deletes, grants and reads nothing else', (t) => {
  t.same(
    permissionsOf('pool_scaler').filter((each) => !/\.(get|update)$/.test(each)),
    [],
  )
  t.same([...new Set(permissionsOf('pool_scaler').map((each) => parts(each)[0]))], ['run'])
  // the operation that changes a pool belongs to the project: granted on the pool, nobody could wait for it
  t.same(permissionsOf('scaler_reader'), ['monitoring.timeSeries.list', 'run.operations.get'])
  // of one parameter: terraform/bootstrap/tests/identity.tftest.hcl
  t.same(permissionsOf('configuration_reader'), ['parametermanager.parameterVersions.get'])
  t.end()
})

t.test('of parameters it writes what they say, and never reads the secrets that they may name', (t) => {
  const ofParameters = [...permissions].filter((permission) => permission.startsWith('parametermanager.'))
  t.ok(ofParameters.includes('parametermanager.parameterVersions.create'))
  t.same(
    ofParameters.filter((permission) => /\.(render|setIamPolicy)$/.test(permission)),
    [],
  )
  t.end()
})
