import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseContracts } from '@tablestream/contract'
import { readJsonFiles } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { root } from './workflows.ts'

const skip = skipped(missingTool('terraform'))

/** What Terraform makes of contracts, without any provider. */
const ASKED = `
variable "event_types" {
  type    = set(string)
  default = ["order"]
}

output "told" {
  value = { env = local.contracts_env, is_packed = local.is_packed, types = local.archive_types }
}
`

interface Told {
  readonly env: { readonly CONTRACTS?: string }
  readonly is_packed: boolean
  readonly types: readonly string[]
}

function plan(
  t: Test,
  files: Readonly<Record<string, string>>,
): { readonly error: string; readonly told: Told | undefined } {
  const folder = t.testdir({ contracts: files })
  const own = join(folder, 'terraform')
  mkdirSync(own)
  cpSync(join(root, 'terraform/contracts.tf'), join(own, 'contracts.tf'))
  writeFileSync(join(own, 'asked.tf'), ASKED)
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_VAR_contracts: 'contracts' }
  const terraform = (...args: string[]) => spawnSync('terraform', args, { cwd: own, env, encoding: 'utf8' })
  const { status, stderr } = terraform('apply', '-auto-approve', '-no-color', '-input=false')
  if (status !== 0) return { error: stderr, told: undefined }
  return { error: '', told: JSON.parse(terraform('output', '-json', 'told').stdout) as Told }
}

const schema = (properties: object, more: object = {}) =>
  JSON.stringify({ type: 'object', properties, ...more }, undefined, 2)
/** As many fields as make a file of so many bytes, and a bit. */
const long = (bytes: number, description: () => string) => {
  const fields: Record<string, object> = {}
  for (let size = 0; size < bytes; size += JSON.stringify(fields[`field_${size}`]).length)
    fields[`field_${size}`] = { type: 'string', description: description() }
  return schema(fields)
}

t.test('services read of the variable what is in the files, whether it is packed or not', { skip }, (t) => {
  const few = {
    'refund.json': schema({ a: { type: 'string', pattern: '^[<&>\u2028é]$' } }),
    'page.view.schema.json': schema({ b: { const: 'x' } }),
  }
  for (const [files, isPacked] of [
    [few, false],
    [
      { ...few, 'many.json': long(40_000, () => 'What a field of a long contract is for: é, €, "quoted"') },
      true,
    ],
  ] as const) {
    const { error, told } = plan(t, files)
    t.equal(error, '')
    t.equal(told?.is_packed, isPacked)
    const read = readJsonFiles(told?.env.CONTRACTS ?? '')
    t.same(Object.fromEntries(read.map(({ name, text }) => [name, text])), files)
    t.ok(Buffer.byteLength(told?.env.CONTRACTS ?? '') <= 32_768)
  }
  t.end()
})

t.test('a file is packed from the byte on that Cloud Run does not take', { skip }, (t) => {
  const ofLength = (length: number) => {
    const empty = JSON.stringify({ 'a.json': schema({ b: { type: 'string', title: '' } }) }).length
    return { 'a.json': schema({ b: { type: 'string', title: 'x'.repeat(length - empty) } }) }
  }
  for (const [length, isPacked] of [
    [32_766, false],
    [32_767, true],
  ] as const) {
    const { told } = plan(t, ofLength(length))
    t.equal(told?.is_packed, isPacked, String(length))
    t.ok(isPacked || told?.env.CONTRACTS?.length === length)
  }
  t.end()
})

t.test('what is too long even so is refused by the plan, and so is what is no contract', { skip }, (t) => {
  const random = () => randomBytes(200).toString('base64')
  t.match(plan(t, { 'a.json': long(60_000, random) }).error, /longer than the 32,768 bytes that/)
  t.match(plan(t, { 'a.json': '[1]' }).error, /A file is no JSON object/)
  t.match(plan(t, { 'a.json': '{' }).error, /A file is no JSON object/)
  t.match(plan(t, { 'a.txt': '{}' }).error, /files whose names end in/)
  t.end()
})

t.test("a folder of the archive has the type of the contract's events", { skip }, (t) => {
  const files = {
    'refund.json': schema({ a: { type: 'string' } }),
    'sale.schema.json': schema({ a: { type: 'string' } }),
    'other.json': schema({ a: { type: 'string' } }, { 'x-tablestream': { event_type: 'site_visit' } }),
    'Named.by.nobody.json': schema({ a: { type: 'string' } }),
  }
  const { told } = plan(t, files)
  const types = parseContracts(Object.entries(files).map(([name, text]) => ({ name, text }))).map(
    ({ type }) => type,
  )
  t.same(types.toSorted(), ['Named.by.nobody', 'refund', 'sale', 'site_visit'])
  t.same(told?.types, ['order', 'refund', 'sale', 'site_visit'])
  t.end()
})
