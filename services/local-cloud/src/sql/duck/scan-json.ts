import { hasLoneHalf } from '../../bigquery/values/json-halves.ts'

// Steps over JSON text: nothing is made of it.

export const QUOTE = 34
export const COMMA = 44
export const OPEN_ARRAY = 91
export const CLOSE_ARRAY = 93
export const OPEN_OBJECT = 123
export const CLOSE_OBJECT = 125

const [TAB, NEWLINE, RETURN, SPACE] = [9, 10, 13, 32]
const BACKSLASH = 92

/** Where no white space is any more. */
export function behindSpace(text: string, at: number): number {
  for (let behind = at; ; behind++) {
    const code = text.charCodeAt(behind)
    if (code !== SPACE && code !== NEWLINE && code !== RETURN && code !== TAB) return behind
  }
}

/** Behind the quote that ends a text. @param at of the quote that begins it, in JSON */
export function endOfText(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text.charCodeAt(before - 1) === BACKSLASH) before--
    if ((end - before) % 2 === 0) return end + 1
  }
}

/** Whether a text is JSON, of any depth; one that writes half a character is none, as DuckDB has it. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  return !hasLoneHalf(text)
}
