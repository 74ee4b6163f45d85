import { RE2JS } from 're2js'

/** A regular expression of a contract. */
export interface Pattern {
  /** As it was written. */
  readonly text: string
  /** Whether some part of the value matches. Takes time by the value's length, whatever the pattern. */
  matches(value: string): boolean
}

/** White space as JavaScript has it (ECMAScript: CharacterClassEscape): RE2 means ASCII alone by `\s`. */
const SPACE = String.raw`\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}`
const NO_SPACE = String.raw`\x00-\x08\x0E-\x1F!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}`
/** A dot takes no end of a line, and JavaScript has four of these. */
const NO_LINE_END = String.raw`[^\n\r\x{2028}\x{2029}]`

const TOKEN = /\\[pP]\{[^}]*\}|\\.|\(\?[a-z-]+:|\[|\]|\.|[^\\[\].(]+|\(/gsu

/**
 * Reads a regular expression of JavaScript (`u`) for an engine that goes through a text once, with all ways of the pattern side by side:
 * RE2, which BigQuery has, too. It reads no look-around, no references to groups, and no more than 1,000 repetitions that are counted.
 *
 * @throws Error that says what of it cannot be read
 */
export function readPattern(text: string): Pattern {
  // what JavaScript refuses, and RE2 reads as something else, is no pattern
  RegExp(text, 'u')
  if (text.match(TOKEN)?.includes(String.raw`\k`))
    throw new Error('references to groups are not supported: \\k')
  const compiled = RE2JS.compile(asRe2(text))
  return { text, matches: (value) => compiled.test(value) }
}

/** @throws Error that tells where the pattern is, too: a JSON pointer */
export function patternAt(path: string, text: string): Pattern {
  try {
    return readPattern(text)
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function asRe2(text: string): string {
  let isInClass = false
  const tokens = RE2JS.translateRegExp(withoutHalves(text)).match(TOKEN) ?? []
  return tokens
    .map((token) => {
      if (token === '[') return isInClass ? String.raw`\[` : ((isInClass = true), token)
      if (token === ']') isInClass = false
      if (token === String.raw`\s`) return isInClass ? SPACE : `[${SPACE}]`
      if (token === String.raw`\S`) return isInClass ? NO_SPACE : `[${NO_SPACE}]`
      if (token === String.raw`\b` && isInClass) return String.raw`\x08`
      if (token === '.' && !isInClass) return NO_LINE_END
      if (token.startsWith('(?') && token !== '(?:')
        throw new Error(`flags inside of a pattern are not supported: ${token}`)
      return token
    })
    .join('')
}

const ESCAPED = /\\(?:u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})|[^])/g

/** Two halves of a character that are escaped are that one character to JavaScript, and two to RE2. */
function withoutHalves(text: string): string {
  return text.replaceAll(ESCAPED, (escaped: string, high?: string, low?: string) =>
    high === undefined || low === undefined
      ? escaped
      : `\\u{${(0x10000 + ((parseInt(high, 16) & 0x3ff) << 10) + (parseInt(low, 16) & 0x3ff)).toString(16)}}`,
  )
}
