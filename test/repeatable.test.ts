import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const FILES = ['test/**/*.ts', 'services/*/test/**/*.ts']
const TAP = /\bt\.(ok|notOk|equal|not|same|notSame|strictSame|match|notMatch|has|fail|throws|rejects)\(/

interface Line {
  readonly place: string
  readonly text: string
  readonly indent: number
}

function linesOf(file: string): readonly Line[] {
  const lines = readFileSync(`${root}/${file}`, 'utf8').split('\n')
  return lines.map((text, at) => ({ place: `${file}:${at + 1}`, text, indent: text.search(/\S|$/) }))
}

/** The lines of each call of fc.property: files are formatted, so the next line that is indented as little is behind it. */
function* linesOfProperties(lines: readonly Line[]): Generator<Line> {
  for (const [at, { text, indent }] of lines.entries()) {
    if (!/fc\.(p|asyncP)roperty\(/.test(text)) continue
    const count = lines.slice(at + 1).findIndex((line) => line.text !== '' && line.indent <= indent)
    yield* lines.slice(at, at + 1 + count)
  }
}

const files = globSync(FILES, { cwd: root }).map(linesOf)
const placesOf = (lines: Iterable<Line>, isWrong: (line: Line) => boolean) =>
  [...lines].filter(isWrong).map(({ place, text }) => `${place}: ${text.trim()}`)

t.test('a law fails by an error: what tap alone hears of has no seed and no smallest case', (t) => {
  t.ok([...linesOfProperties(files.flat())].length > 200)
  t.same(
    files.flatMap((lines) => placesOf(linesOfProperties(lines), ({ text }) => TAP.test(text))),
    [],
  )
  t.end()
})

t.test('what a test chooses at random it can be told', (t) => {
  const isRandom = ({ text }: Line) => /Math\.random\(\)|Date\.now\(\) %/.test(text)
  const isUntold = ({ text }: Line) => !text.includes('process.env[')
  const stories = files.filter(([first]) => !first!.place.startsWith('test/repeatable'))
  t.same(
    stories.flatMap((lines) => placesOf(lines, (line) => isRandom(line) && isUntold(line))),
    [],
  )
  const samples = placesOf(
    stories.flat(),
    ({ text }) => /(^ *|fc)\.sample\(/.test(text) && !/\bseed\b/i.test(text),
  )
  t.same(samples, [])
  t.end()
})
