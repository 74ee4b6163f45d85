import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { skipped } from '../skipped.ts'
import { commandLines, type CommandLine } from './command-lines.ts'

/** gcloud's commands as its completion knows them: quicker than asking each for its --help. */
interface Command {
  readonly commands: Readonly<Record<string, Command>>
  /** By flag, what it takes; a list where these are all that it takes. */
  readonly flags: Readonly<Record<string, string | readonly string[]>>
}

/** Where bq defines the flags of a command. */
const BQ_COMMANDS: Readonly<Record<string, string>> = { ls: 'list', query: 'query', rm: 'delete' }

const sdk = sdkFolder()
const TREE = 'data/cli/gcloud_completions.py'
const tree = gcloudTree()
const skip = skipped(tree === undefined && 'gcloud is not here, or tells its commands in another form')

function sdkFolder(): string | undefined {
  const found = process.env['PATH']!.split(':').find((folder) => existsSync(join(folder, 'gcloud')))
  return found === undefined ? undefined : dirname(dirname(realpathSync(join(found, 'gcloud'))))
}

/** undefined: these are inner files of the SDK, which may look otherwise in another version. */
function gcloudTree(): Command | undefined {
  const inBq = ['bq_flags.py', ...Object.values(BQ_COMMANDS).map((name) => `frontend/command_${name}.py`)]
  const files = [TREE, ...inBq.map((name) => `platform/bq/${name}`)]
  if (sdk === undefined || !files.every((name) => existsSync(join(sdk, name)))) return undefined
  const text = readFileSync(join(sdk, TREE), 'utf8')
  try {
    return JSON.parse(text.slice(text.indexOf('= {') + 2)) as Command
  } catch {
    return undefined
  }
}

/** What is wrong with a call of gcloud; undefined: nothing. */
function wrongWithGcloud({ words }: CommandLine): string | undefined {
  let command = tree!
  let at = 0
  while (command.commands[words[at] ?? ''] !== undefined) command = command.commands[words[at++]!]!
  if (at === 0 || Object.keys(command.commands).length > 0) return `"${words[at]}" is no command`
  for (const word of words.slice(at)) {
    const [, flag, value] = /^"?(--[\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (flag === undefined) continue
    const takes = command.flags[flag] ?? tree!.flags[flag]
    if (takes === undefined) return `there is no flag ${flag}`
    if (value !== undefined && /^[\w-]+$/.test(value) && Array.isArray(takes) && !takes.includes(value))
      return `${flag} takes ${takes.join(', ')}`
  }
  return undefined
}

function wrongWithBq({ words }: CommandLine): string | undefined {
  const [verb] = words
  const file = BQ_COMMANDS[verb ?? '']
  if (file === undefined) return `nobody knows where the flags of "${verb}" are defined`
  const defined = [`frontend/command_${file}.py`, 'bq_flags.py']
    .map((name) => readFileSync(join(sdk!, 'platform/bq', name), 'utf8'))
    .join('\n')
  for (const word of words) {
    const [, dashes, flag] = /^(--?)(\w+)/.exec(word) ?? []
    if (flag === undefined) continue
    const known = dashes === '--' ? new RegExp(`\\(\\s*'${flag}',`) : new RegExp(`short_name='${flag}'`)
    if (!known.test(defined)) return `there is no flag ${dashes}${flag}`
  }
  return undefined
}

t.test('every call of gcloud in scripts, workflows and documents is one that gcloud knows', { skip }, (t) => {
  const calls = commandLines(['gcloud']).filter(
    // what is told by others, and what a document leaves out
    ({ words }) => words[0] !== '"$@"' && !words.includes('…'),
  )
  t.ok(calls.length > 40, `${calls.length} calls`)
  for (const file of ['docs/operations.md', 'scripts/cleanup-environment.sh', 'README.md'])
    t.ok(
      calls.some(({ where }) => where.startsWith(file)),
      file,
    )
  for (const call of calls) t.equal(wrongWithGcloud(call), undefined, call.where)
  t.end()
})

t.test('every call of bq too', { skip }, (t) => {
  const calls = commandLines(['bq'])
  t.ok(calls.length >= 5, `${calls.length} calls`)
  for (const call of calls) t.equal(wrongWithBq(call), undefined, call.where)
  t.end()
})

t.test('what is wrong is found: a command, a flag, a value', { skip }, (t) => {
  const wrong = (text: string) => wrongWithGcloud({ where: '', tool: 'gcloud', words: text.split(' ') })
  t.match(wrong('run service list'), /"service" is no command/)
  t.match(wrong('pubsub topics'), /is no command/)
  t.match(wrong('pubsub topics list --regions=x'), /there is no flag --regions/)
  t.match(wrong('logging read "x" --order=upwards'), /--order takes asc, desc/)
  t.equal(wrong('logging read "x" --order=asc --project="$project"'), undefined)
  const wrongBq = (text: string) => wrongWithBq({ where: '', tool: 'bq', words: text.split(' ') })
  t.match(wrongBq('ls --dataset'), /there is no flag --dataset/)
  t.match(wrongBq('rm -x'), /there is no flag -x/)
  t.equal(wrongBq('rm -r -f -d'), undefined)
  t.end()
})
