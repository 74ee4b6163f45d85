import { globSync, readFileSync } from 'node:fs'
import { root, runBlocks } from './workflows.ts'

/** A call of a tool as it stands in a script or a document. */
export interface CommandLine {
  readonly where: string
  readonly tool: string
  readonly words: readonly string[]
}

/** A word of the shell up to what ends a command: quoted text and substitutions are parts of it. */
const WORD = /\s*((?:[^\s"'`|;&()<>$]|"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^)]*\)|\$(?!\())+)/y

/** Every call of the tools in scripts, workflows and documents. */
export function commandLines(tools: readonly string[]): readonly CommandLine[] {
  const sources = [
    ...scripts(),
    ...documents(),
    ...runBlocks().map(({ where, script }) => ({ where, text: script })),
  ]
  const call = new RegExp(String.raw`(?<=^|[\s"'(\x60])(${tools.join('|')}) (?=[a-z"$])`, 'g')
  return sources.flatMap(({ where, text }) =>
    text
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => !/^\s*(#|need )/.test(line))
      .flatMap((line) =>
        [...line.matchAll(call)].map(({ 0: { length }, 1: tool, index }) => ({
          where: `${where}: ${line.trim()}`,
          tool: tool!,
          words: wordsAt(line, index + length),
        })),
      ),
  )
}

function wordsAt(line: string, from: number): readonly string[] {
  const words: string[] = []
  WORD.lastIndex = from
  for (let found = WORD.exec(line); found !== null; found = WORD.exec(line)) words.push(found[1]!)
  return words
}

function scripts() {
  return globSync('scripts/*.sh', { cwd: root }).map((where) => ({
    where,
    text: readFileSync(`${root}/${where}`, 'utf8'),
  }))
}

/** Of a document what stands as code. */
function documents() {
  const files = globSync(['README.md', 'docs/**/*.md', 'terraform/**/README.md', 'services/*/README.md'], {
    cwd: root,
  })
  return files.map((where) => {
    const text = readFileSync(`${root}/${where}`, 'utf8')
    const code = text.matchAll(/^```(?:sh)?\n(.*?)^```|`([^`\n]+(?:\n[^`\n]+){0,2})`/gms)
    return {
      where,
      text: [...code].map(([, block, inline]) => block ?? inline!.replaceAll('\n', ' ')).join('\n'),
    }
  })
}
