import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { RUNS } from './runs.ts'
import { commandsOf, root, shownCommands } from './shown-commands.ts'

const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const scriptOf = (command: string) => /scripts\/([\w-]+\.sh)/.exec(command)?.[1]

t.test('commands are found in blocks and in backticks, over several lines, without their remarks', (t) => {
  const page = [
    'Say `npm start`, or `npm run',
    'bench -- --small`; `npm` is a word, `scripts/apply.sh` a script.',
    '```sh',
    'npm test    # all of it',
    "curl /x \\\n  -d '{}'",
    '```',
    '```ts',
    'npm is no word here',
    '```',
    '| `gcloud x` | `bq ls` |',
  ]
  const found = commandsOf('page.md', page.join('\n')).map(({ text }) => text)
  const blocks = ['npm test', "curl /x -d '{}'"]
  t.same(found, ['npm start', 'npm run bench -- --small', 'scripts/apply.sh', ...blocks, 'gcloud x', 'bq ls'])
  t.end()
})

t.test('every command that a page shows is run by somebody', (t) => {
  for (const { file, line, text } of shownCommands())
    t.ok(RUNS[text], `${file}:${line} shows \`${text}\`: say in test/commands/runs.ts what runs it`)
  t.end()
})

t.test('nothing is run that no page shows', (t) => {
  const shown = new Set(shownCommands().map(({ text }) => text))
  t.same(
    Object.keys(RUNS).filter((command) => !shown.has(command)),
    [],
  )
  t.end()
})

t.test('what runs a command runs the same script with the same options', (t) => {
  for (const [command, run] of Object.entries(RUNS)) {
    if (run.by === 'file') {
      t.ok(existsSync(`${root}/${run.file}`), run.file)
      const options = command.match(/ --[a-z-]+/g) ?? []
      const parts = scriptOf(command) === undefined ? [command] : [scriptOf(command)!, ...options]
      const wanted = /^(gcloud|terraform) /.test(command) ? command.split(' ').slice(1) : parts
      for (const part of wanted) t.ok(read(run.file).includes(part.trim()), `${run.file} has ${part}`)
    } else if (run.by === 'first hour') {
      t.ok(existsSync(`${root}/test/commands/first-hour.test.ts`))
    } else if (run.by === 'npm run commands') {
      const settings = /^(?:[A-Z_]+=\S+ )*/
      const [program, name] = command.replace(settings, '').split(' ')
      t.ok(
        run.as.replace(settings, '').startsWith(`${program} ${name}`),
        `${run.as} is ${command}, only smaller`,
      )
    } else {
      t.equal(scriptOf(command.replace(/^images\+=.*/, '')), undefined, `${command} needs a run`)
    }
  }
  t.end()
})

t.test('CI runs what takes too long for npm test', (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  t.match(scripts['commands'], basename('test/commands/run.ts'))
  t.match(read('.github/workflows/ci.yml'), 'npm run commands')
  t.end()
})

t.test('what the pages show runs on the Node that README asks for: no .ts file is given to node', (t) => {
  for (const { file, line, text } of shownCommands()) t.notMatch(text, /\bnode \S+\.ts/, `${file}:${line}`)
  t.end()
})
