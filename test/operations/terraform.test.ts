import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { costTable, together } from '../../scripts/costs/cost-table.ts'
import { ARCHIVED, costs, FLOOR } from '../../scripts/costs/monthly-costs.ts'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { withTerraformCopy } from './terraform-copy.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const ROOTS = ['terraform/bootstrap', 'terraform']
/** A command that checks Terraform roots with a stand-in for Google's provider. The repository has none; ci.yml has the real one. */
const OFFLINE = process.env['TERRAFORM_OFFLINE_CHECK'] ?? ''
const skip = skipped(missingTool('terraform') || missingCheck())

function missingCheck(): string | false {
  if (OFFLINE === '') return 'TERRAFORM_OFFLINE_CHECK names no command; ci.yml checks with the real provider'
  return existsSync(OFFLINE) ? false : `TERRAFORM_OFFLINE_CHECK: ${OFFLINE} is not there`
}

/** Runs `command` on both roots, where nothing changes beneath it and no checkout is above it. */
function checked(command: string) {
  return withTerraformCopy((cwd) => {
    const roots = ROOTS.map((folder) => join(cwd, folder))
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: cwd }
    return spawnSync(command, roots, { cwd, encoding: 'utf8', env })
  })
}

t.test('a check of Terraform finds what Terraform reads and nothing else, outside of any checkout', (t) => {
  const command = join(t.testdir({ check: '' }), 'check')
  writeFileSync(command, '#!/bin/sh\ngit -C "$1" rev-parse --show-toplevel 2>/dev/null; find . -type f\n')
  chmodSync(command, 0o755)
  const found = checked(command).stdout.trim().split('\n')
  const read = /^\.\/(terraform\/.*|services\/[\w-]+\/package\.json)$/
  t.same(
    found.filter((path) => !read.test(path) || path.includes('/.terraform/')),
    [],
  )
  const needed = globSync(['terraform/**/*.{tf,hcl,json,sql}', 'services/*/package.json'], { cwd: root })
  t.ok(needed.length > 40)
  t.same(
    needed.filter((path) => !found.includes(`./${path}`)),
    [],
  )
  t.end()
})

t.test('both roots are formatted and valid, and their tests pass', { skip, timeout: 480_000 }, (t) => {
  let ran = checked(OFFLINE)
  // it gives its stand-in 10 s to start, which a busy machine can exceed
  if (ran.stderr.includes('reattach.json')) ran = checked(OFFLINE)
  const { status, stdout, stderr } = ran
  t.equal(status, 0, stdout + stderr)
  t.equal(stdout.match(/\d+ passed, 0 failed/g)?.length, 2)
  t.end()
})

const textOf = (folder: string) =>
  globSync('*.tf', { cwd: join(root, folder) })
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n')

/** `| name | default | meaning |` for each variable, `| name | meaning |` for each output, in the order of their files. */
function rowsOf(folder: string): string[] {
  const blocks = textOf(folder).matchAll(/^(variable|output) "(\w+)" \{\n(.*?)^\}/gms)
  return [...blocks]
    .map(([, kind, name, body]) => {
      const [, description] = /^  description += "((?:[^"\\]|\\.)*)"$/m.exec(body!) ?? []
      const [, value] = /^  default += (.+)$/m.exec(body!) ?? []
      const shown = value === undefined ? 'required' : `\`${value}\``
      const meaning = description?.replaceAll(String.raw`\"`, '"')
      return kind === 'output' ? `| \`${name}\` | ${meaning} |` : `| \`${name}\` | ${shown} | ${meaning} |`
    })
    .toSorted()
}

for (const folder of ROOTS) {
  t.test(`the tables of ${folder}/README.md are its variables and outputs`, (t) => {
    const readme = readFileSync(join(root, folder, 'README.md'), 'utf8')
    const rows = readme.split('\n').filter((line) => /^\| `\w+` \|/.test(line))
    t.same(rows.toSorted(), rowsOf(folder))
    t.notOk(
      rows.some((row) => row.includes('undefined')),
      'every variable and output has a description',
    )
    t.end()
  })

  t.test(`${folder} names nobody anonymous, and no basic role`, (t) => {
    const text = textOf(folder)
    t.notMatch(text, /"all(Authenticated)?Users"/)
    t.notMatch(text, /"roles\/(owner|editor)"/)
    t.notMatch(text, /_iam_(policy|binding)"/, 'a binding would take away what others have granted')
    t.end()
  })
}

t.test('every grant of the environment is in the list that is asserted', (t) => {
  const text = textOf('terraform')
  const list = readFileSync(join(root, 'terraform/grants.tf'), 'utf8')
  const grants = [...text.matchAll(/^resource "(\w+_iam_member)" "(\w+)"/gm)].map(
    ([, type, name]) => `${type}.${name}`,
  )
  t.ok(grants.length > 15)
  t.same(
    grants.filter((grant) => !new RegExp(`\\b${grant}\\b`).test(list)),
    [],
  )
  t.end()
})

t.test('a table that is made anew gets its grants anew: they go with the one before', (t) => {
  const blocks = textOf('terraform').matchAll(
    /^resource "google_bigquery_table_iam_member" "(\w+)" \{\n(.*?)^\}/gms,
  )
  const tables = [...blocks].map(([, name, body]) => {
    const [, table] = /^  table_id += (google_bigquery_table\.\S+)\.table_id$/m.exec(body!)!
    t.ok(body!.includes(`replace_triggered_by = [${table}.creation_time]`), name!)
    return table!
  })
  t.equal(tables.length, 5)
  t.end()
})

t.test('a service is made after what it may do, and goes before it', (t) => {
  const blocks = [...textOf('terraform').matchAll(/^resource "(\w+)" "(\w+)" \{\n(.*?)^\}/gms)]
  const runs = new Map(
    blocks
      .filter(([, type]) => type!.startsWith('google_cloud_run_v2_') && !type!.endsWith('_iam_member'))
      .map(([, , name, body]) => [name!, /^  depends_on = \[(.*?)\]/ms.exec(body!)?.[1] ?? '']),
  )
  t.same([...runs.keys()], ['archiver', 'batch_loader', 'scaler', 'service', 'stream_writer'])
  t.match(runs.get('archiver'), /google_storage_bucket_iam_member\.archiver/)
  t.match(runs.get('batch_loader'), /google_storage_bucket_iam_member\.batch_loader/)
  t.match(runs.get('scaler'), /google_cloud_run_v2_worker_pool_iam_member\.scaler/)
  let grants = 0
  for (const [, type, name, body] of blocks) {
    const [, account] = /^  member += local\.members\[(?:"([\w-]+)"|each\.key)\]/m.exec(body!) ?? []
    if (!type!.endsWith('_iam_member') || !body!.includes('local.members[')) continue
    grants++
    const runsAs = account === 'stream-writer' ? 'stream_writer' : 'service'
    t.ok(runs.get(runsAs)!.includes(`${type}.${name},`), `${runsAs} waits for ${type}.${name}`)
  }
  t.equal(grants, 8)
  t.end()
})

t.test('no default is said that an API need not know, or may tell in another form than it was told', (t) => {
  const text = textOf('terraform')
  // MANUAL is the default, and Google's own clients of version 2 know no field for it (docs.cloud.google.com, WorkerPoolScaling)
  t.notMatch(text, /^ +scaling_mode +=/m)
  // the provider's own tests, which look for a plan without changes, leave the path out: nobody has seen what Eventarc makes of "/"
  const [, trigger] = /^resource "google_eventarc_trigger" "table_manager" \{\n(.*?)^\}/ms.exec(text)!
  t.notMatch(trigger, /^ +path +=/m)
  t.end()
})

t.test('the port that Cloud Run asks is the one that the image listens on', (t) => {
  const [, port] = /^ENV .*\bPORT=(\d+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? []
  t.match(textOf('terraform'), new RegExp(`^  port += ${port}$`, 'm'))
  t.end()
})

t.test('what a laptop has is what the environment has: topics, subscriptions, tables', (t) => {
  const local = readFileSync(join(root, 'scripts/start/local-resources.ts'), 'utf8')
  const text = textOf('terraform')
  for (const name of [
    'backend-events-topic',
    'backend-events-dead-letter',
    'schema-changes',
    'schema-requests',
    'dead_letters',
    'published_messages',
    'published_keys',
    'dead_letter_replays',
    'dead_letter_reasons',
  ]) {
    t.ok(local.includes(`'${name}'`) || local.includes(`${name}:`), `${name} on a laptop`)
    t.ok(text.includes(`"${name}"`) || text.includes(`${name} `), `${name} in the cloud`)
  }
  t.end()
})

t.test(
  "the view of the dead letters numbers rows by the table's columns, and not by its own of the same name",
  (t) => {
    const sql = readFileSync(join(root, 'terraform/views/dead_letter_reasons.sql'), 'utf8')
    const [, table] = /^  FROM told AS (\w+)$/m.exec(sql) ?? []
    const [, numbered] = /QUALIFY ROW_NUMBER\(\) OVER \((.*?)^  \) = 1$/ms.exec(sql) ?? []
    const bare = numbered
      ?.replaceAll(new RegExp(`\\b${table}\\.\\w+`, 'g'), '')
      .match(/\b(message_id|publish_time|attributes|data)\b/g)
    t.equal(bare, null)
    t.end()
  },
)

t.test('the costs in docs/operations.md are what scripts/costs.ts prints', (t) => {
  const text = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  t.ok(text.includes(costTable([10, 1000, 100_000])))
  t.end()
})

t.test('what the costs count is kept as long as Terraform keeps it', (t) => {
  const at = costs(1000)
  const events = 1000 * 30 * 24 * 3600
  // the record for three days; of the archive a day at 0.02 a GiB, and 89 at 0.004, beside what its files cost
  t.equal(
    Math.round(at['record of what was published']!),
    Math.round(events * ((900 * 50) / 2 ** 40 + ((535 + 253 + 72) * 0.1 * 0.02) / 2 ** 30)),
  )
  const more = costs(100_000)['archive: its files']! - at['archive: its files']!
  const each = (ARCHIVED / 2 ** 30) * ((1 / 30) * 0.02 + (89 / 30) * 0.004)
  t.equal(Math.round(more), Math.round(99 * events * each))
  t.end()
})

t.test(
  'one record costs at most 1.6 times the floor where it counts, and a third of what several copies did',
  (t) => {
    const floor = (column: Readonly<Record<string, number>>) =>
      FLOOR.reduce((sum, name) => sum + column[name]!, 0)
    const now = costs(100_000)
    t.ok(together(now) <= 1.6 * floor(now), String(together(now) / floor(now)))
    t.ok(together(now) <= together(costs(100_000, { before: true })) / 3)
    const few = costs(1000)
    t.ok(together(few) <= 1.6 * floor(few), String(together(few) / floor(few)))
    t.end()
  },
)

t.test('table-manager costs by shapes, and where it sees every event by events', (t) => {
  const row = 'deliver to table-manager'
  t.equal(costs(1000)[row], costs(1000, { tableRequests: 'shapes' })[row], 'shapes are the default')
  const events = 1000 * 30 * 24 * 3600
  t.equal(
    Math.round(costs(1000, { tableRequests: 'events' })[row]!),
    Math.round((events * 1000 * 40) / 2 ** 40),
  )
  t.ok(
    costs(100_000, { tableRequests: 'shapes' })[row]! <
      costs(100_000, { tableRequests: 'events' })[row]! / 100,
  )
  const manager = (rate: number) => costs(rate, { tableRequests: 'shapes' })['table-manager']!
  t.ok(manager(1000) < 2 * manager(10), 'as often as there are changes')
  const kept = 'table-manager kept for quarantine'
  t.equal(costs(1000, { tableRequests: 'events' })[kept], 0)
  t.ok(costs(1000)[kept]! > 5 && costs(1000)[kept]! < costs(1000)['event-generator']!)
  t.end()
})

t.test('every alert has its runbook', (t) => {
  const text = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const alerts = readFileSync(join(root, 'terraform/alerts.tf'), 'utf8')
  const names = [...alerts.matchAll(/^ {4}(\w+) = \{\n {6}title/gm)].map(([, name]) =>
    name!.replaceAll('_', '-'),
  )
  t.equal(names.length, 6)
  const slos = ['slo-freshness', 'slo-completeness', 'slo-availability']
  for (const name of [...names, ...slos, 'server-errors', 'no-rows', 'nobody-scales', 'budget'])
    t.match(text, new RegExp(`^### ${name}$`, 'm'))
  t.end()
})

t.test('a board of Grafana and the queries in docs/operations.md ask for metrics that there are', (t) => {
  const known = new Set(
    globSync('services/*/src/**/*.ts', { cwd: root }).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/name: '(tablestream_\w+)'/g)].map(
        ([, name]) => name!,
      ),
    ),
  )
  for (const file of ['terraform/grafana/tablestream.json', 'docs/operations.md']) {
    const asked = readFileSync(join(root, file), 'utf8').matchAll(/\b(tablestream_[a-z_]+?)(?:_bucket)?[[)]/g)
    const names = new Set([...asked].map(([, name]) => name!))
    t.ok(names.size >= 8, file)
    for (const name of names) t.ok(known.has(name), `${file}: ${name}`)
  }
  t.end()
})

t.test("the alert on the scaler counts what bootstrap counts in its log, by PromQL's name for it", (t) => {
  const metrics = readFileSync(join(root, 'terraform/bootstrap/metrics.tf'), 'utf8')
  const scaling = readFileSync(join(root, 'terraform/scaling.tf'), 'utf8')
  // cloud.google.com/monitoring/promql/promql-mapping: the first slash is a colon, what else is no letter or digit is _
  const [, asked] = /logging_googleapis_com:(\w+)/.exec(scaling)!
  const names = [...metrics.matchAll(/^ {2}name += "(.+)"$/gm)].map(([, name]) => `user/${name}`)
  t.ok(names.map((name) => name.replaceAll(/\W/g, '_')).includes(asked!), asked!)
  const [, service] = /resource\.labels\.service_name="(.+)"/.exec(metrics)!
  t.match(scaling, `scaler    = "${service}"`)
  t.end()
})

t.test('the rights of the scaler are where the environment looks for them', (t) => {
  const bootstrap = readFileSync(join(root, 'terraform/bootstrap/scaler.tf'), 'utf8')
  const scaling = readFileSync(join(root, 'terraform/scaling.tf'), 'utf8')
  const [, role] = /roles\/(\w+)"/.exec(scaling)!
  t.match(bootstrap, `role_id     = "${role}"`)
  t.match(bootstrap, 'google_service_account.service["writer-scaler"]')
  t.match(scaling, 'scaler    = "writer-scaler"')
  t.end()
})

t.test('what is counted in the log of stream-writer is what it says there', (t) => {
  const metrics = readFileSync(join(root, 'terraform/bootstrap/metrics.tf'), 'utf8')
  const said = globSync('services/stream-writer/src/**/*.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  const counted = [...metrics.matchAll(/jsonPayload\.message=(.+)$/gm)].flatMap(([, texts]) =>
    [...texts!.matchAll(/"([^"]+)"/g)].map(([, text]) => text!),
  )
  t.equal(counted.length, 3)
  for (const text of counted) t.ok(said.includes(`'${text}'`), text)
  for (const [, field] of metrics.matchAll(/EXTRACT\(jsonPayload\.(\w+)\)/g))
    t.match(said, new RegExp(`\\b${field}\\b`), field!)
  t.end()
})
