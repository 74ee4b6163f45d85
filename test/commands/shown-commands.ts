import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What readers are told to type. */
export interface ShownCommand {
  readonly file: string
  readonly line: number
  readonly text: string
}

const PAGES = [
  '*.md',
  '.github/*.md',
  'docs/**/*.md',
  'services/*/*.md',
  'terraform/*.md',
  'terraform/*/*.md',
]
/** With these a text in backticks is a command, and no name of a file or a function. */
const FIRST_WORDS =
  /^(?:[A-Z_]+=\S+ )*(?:(?:npm|npx|node|curl|gcloud|bq|git|gh|terraform|docker|\.) \S|scripts\/[\w-]+\.sh(?: |$))/
const FENCE = /^(```+)(\w*)/

/** Every command in the pages: the lines of blocks of sh, and texts in backticks that begin as commands do. */
export function shownCommands(): readonly ShownCommand[] {
  return PAGES.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .toSorted()
    .flatMap((file) => commandsOf(file, readFileSync(`${root}/${file}`, 'utf8')))
}

export function commandsOf(file: string, page: string): ShownCommand[] {
  const commands: ShownCommand[] = []
  let language: string | undefined
  let begun = ''
  let prose = ''
  const lines = page.split('\n')
  lines.forEach((line, index) => {
    const fence = FENCE.exec(line)
    if (fence) {
      language = language === undefined ? fence[2] : undefined
      begun = ''
      return
    }
    if (language === undefined) {
      // a text in backticks may go on in the next line
      prose = `${prose}${line}`
      if (line === '' || line.startsWith('|') || (prose.match(/`/g)?.length ?? 0) % 2 === 0) {
        for (const text of inBackticks(prose)) commands.push({ file, line: index + 1, text })
        prose = ''
      } else prose += ' '
      return
    }
    if (language !== 'sh') return
    begun += line.replace(/\s+# .*$/, '').replace(/\\$/, '')
    if (line.endsWith('\\')) return
    const text = begun.trim().replaceAll(/\s+/g, ' ')
    if (text !== '' && !text.startsWith('#')) commands.push({ file, line: index + 1, text })
    begun = ''
  })
  return commands
}

function inBackticks(text: string): string[] {
  return [...text.matchAll(/(`+)(.+?)\1(?!`)/g)]
    .map(([, , code]) => code!.trim().replaceAll(/\s+/g, ' '))
    .filter((code) => FIRST_WORDS.test(code))
}
