import { readFileSync } from 'node:fs'

const PAGE = new URL('../../services/local-cloud/README.md', import.meta.url)

/** Whether a program has, in one place, what the page of local-cloud shows of its language, whatever its indentation. */
export function holds(program: string, language: string, part: string): boolean {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```(\w+)\n(.*?)^```/gms)]
  const shown = blocks.find(([, of, text]) => of === language && text!.includes(part))?.[2]
  if (shown === undefined) throw new Error(`The page shows no ${language} with ${part}`)
  const lines = (text: string) => text.split('\n').map((line) => line.trim())
  return lines(program).join('\n').includes(lines(shown.trim()).join('\n'))
}
