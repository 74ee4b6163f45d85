import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const PAGE = 'docs/decisions/0021-state-of-modules.md'
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8')

/** Where a file begins a statement with it, it stands at the top: files are formatted. */
const VARIABLE = /^(?:export )?let (\w+)/
/** What is made empty is filled later; what is made of a class of ours, or of bytes, is there to be changed. */
const CONTAINER =
  /^(?:export )?const (\w+)(?:: (?!readonly)[^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\)|\[\]$|new (?!Map|Set|RegExp|Intl|Date|URL|TextEncoder|TextDecoder)\w+\()/

/** What is filled where it is made, and never after. */
const FILLED_ONCE = new Set([
  'stream-writer/src/row/byte-reader.ts ESCAPES',
  'table-schema/src/shapes/name-shapes.ts NOBODY',
])

/** What is made in any other way, and has a member that is written later: an object, a regular expression's `lastIndex`. */
const ANY = /^(?:export )?const (\w+)/
const isWritten = (text: string, name: string) =>
  new RegExp(String.raw`(?<![\w.#])${name}(?:\.\w+|\[[^\]]+\])+ (?:[-+*|&^]|\?\?|\|\|)?= `).test(text)

function stateOf(file: string): string[] {
  const text = read(`services/${file}`)
  const written = (name: string | undefined) =>
    name !== undefined && isWritten(text, name) ? name : undefined
  const names = text
    .split('\n')
    .map((line) => VARIABLE.exec(line)?.[1] ?? CONTAINER.exec(line)?.[1] ?? written(ANY.exec(line)?.[1]))
  return names.filter((name) => name !== undefined).map((name) => `${file} ${name}`)
}

t.test('what a module remembers stands on the page that lists it, and nothing else does', (t) => {
  const listed = [...read(PAGE).matchAll(/^\| `(\S+\.ts)` \| (.*?) \|/gm)].flatMap(([, file, names]) =>
    [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => `${file} ${name}`),
  )
  const found = globSync('*/src/**/*.ts', { cwd: `${root}/services` }).flatMap(stateOf)
  t.same(found.filter((state) => !FILLED_ONCE.has(state)).toSorted(), listed.toSorted())
  t.end()
})
