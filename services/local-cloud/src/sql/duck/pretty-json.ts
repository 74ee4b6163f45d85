import { tokensOf } from './json-tree.ts'

/** JSON with a line for each value, indented by two spaces a level, as TO_JSON_STRING has it; numbers stay as they are written. */
export function prettyJson(text: string): string {
  const tokens = tokensOf(text)
  let made = ''
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (const [index, token] of tokens.entries()) {
    const isOpen = token === '{' || token === '['
    const isClose = token === '}' || token === ']'
    if (isClose) depth--
    const wasOpen = ['{', '['].includes(tokens[index - 1] ?? '')
    if (isClose ? !wasOpen : wasOpen || tokens[index - 1] === ',') made += line()
    made += token === ':' ? ': ' : token
    if (isOpen) depth++
  }
  return made
}
