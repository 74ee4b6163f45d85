/** Where a value stands in a text, in units of UTF-16. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Deeper values are not looked for: what nests by the thousand overflows the stack of whoever recurs. */
const MOST_LEVELS = 500
const WHITE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\]|\\.)*"?/sy
const WORD = /[^\s,\]}"]*/y

/**
 * Where the values of these JSON pointers stand. It reads as far as the text is JSON, and says nothing of what comes after: a dead letter
 * may be cut off. Of a key that comes twice it is the last one.
 */
export function jsonSpans(text: string, pointers: ReadonlySet<string>): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>()
  let at = 0
  readValue('', 0)
  return spans

  function skip(pattern: RegExp): string {
    pattern.lastIndex = at
    const [found = ''] = pattern.exec(text) ?? []
    at += found.length
    return found
  }

  /** @returns false where the text ends, or is no JSON any more */
  function readValue(path: string, level: number): boolean {
    skip(WHITE)
    const start = at
    const character = text[at]
    let isWhole = level < MOST_LEVELS
    if (character === '{') isWhole &&= readObject(path, level)
    else if (character === '[') isWhole &&= readArray(path, level)
    else if (character === '"') isWhole = isClosed(skip(STRING))
    else isWhole = skip(WORD) !== ''
    if (pointers.has(path)) spans.set(path, { start, end: at })
    return isWhole
  }

  function readObject(path: string, level: number): boolean {
    at++
    for (;;) {
      skip(WHITE)
      if (text[at] === '}') break
      const key = skip(STRING)
      skip(WHITE)
      if (!isClosed(key) || text[at] !== ':') return false
      at++
      if (!readValue(`${path}/${step(keyOf(key))}`, level + 1)) return false
      skip(WHITE)
      if (text[at] === ',') at++
      else if (text[at] !== '}') return false
    }
    at++
    return true
  }

  function readArray(path: string, level: number): boolean {
    at++
    for (let index = 0; ; index++) {
      skip(WHITE)
      if (text[at] === ']') break
      if (!readValue(`${path}/${index}`, level + 1)) return false
      skip(WHITE)
      if (text[at] === ',') at++
      else if (text[at] !== ']') return false
    }
    at++
    return true
  }
}

function isClosed(text: string): boolean {
  return text.length > 1 && text.endsWith('"')
}

function keyOf(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    // an escape that is none: nobody names such a key
    return text
  }
}

function step(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
