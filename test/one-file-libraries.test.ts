import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { oneFileLibraries } from '../scripts/tests/one-file-libraries.ts'

const HOOK = new URL('../scripts/tests/load-libraries.mjs', import.meta.url).href
const root = join(import.meta.dirname, '..')
const manifest = readFileSync(join(root, 'node_modules/typebox/package.json'), 'utf8')
const { exports } = JSON.parse(manifest) as { exports: Readonly<Record<string, unknown>> }
const DOORS = Object.keys(exports).map((door) => join('typebox', door))
/** What each door gives, and where it was loaded from; a schema of one door is one for the others. */
const LOOK = `
const doors = ${JSON.stringify(DOORS)}
const names = Object.fromEntries(await Promise.all(doors.map(async (door) => [door, Object.keys(await import(door)).sort()])))
const { default: Type } = await import('typebox')
const { Compile } = await import('typebox/compile')
const { Value } = await import('typebox/value')
const schema = Type.Object({ n: Type.Integer({ minimum: 1 }) })
const judged = [{ n: 1 }, { n: 0 }, {}].map((value) => [Compile(schema).Check(value), Value.Check(schema, value)])
const { default: Again } = await import(import.meta.resolve('typebox'))
console.log(JSON.stringify({ names, judged, isOne: Again === Type, from: import.meta.resolve('typebox') }))
`

function look(env: NodeJS.ProcessEnv) {
  const args = ['--input-type=module', '--eval', LOOK]
  const said = execFileSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  const { from, ...seen } = JSON.parse(said) as { from: string; isOne: boolean; judged: boolean[][] }
  return { from, seen }
}

t.test(
  'a library of some files is the library, and a process without them has the library itself',
  async (t) => {
    const LIBRARIES = await oneFileLibraries()
    const without = { ...process.env, NODE_OPTIONS: '' }
    const own = look(without)
    const hook = { NODE_OPTIONS: `--import=${HOOK}` }
    const quick = look({ ...without, ...hook, LIBRARIES })
    t.match(own.from, /node_modules\/typebox\//)
    t.match(quick.from, /\.cache\/.*\/typebox\.mjs$/)
    t.same(quick.seen, own.seen)
    t.match(own.seen, {
      isOne: true,
      judged: [
        [true, true],
        [false, false],
        [false, false],
      ],
    })
    t.same(look({ ...without, ...hook, LIBRARIES: '/nowhere' }), own)
  },
)
