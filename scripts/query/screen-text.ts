// Texts of events on a terminal: how wide they are, and nothing in them that a terminal obeys.

/** What moves the cursor, changes the direction of writing or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** The joiner of emoji and the flags' letters would need it; a terminal may draw them as it likes. */
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
/** Takes two columns: East Asian wide and full-width, and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u
const NO_WIDTH = /\p{M}/u

/** The text with everything that a terminal would obey, or that nobody would see, written out. */
export function shown(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0)!
    return (
      SHORT[character] ??
      `\\u${code > 0xffff ? `{${code.toString(16)}}` : code.toString(16).padStart(4, '0')}`
    )
  })
}

const widthOf = (character: string) => (NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1)

/** Columns of a terminal that the text takes. */
export function width(text: string): number {
  // most texts are plain
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/** The text in so many columns: what is too long ends in an ellipsis. */
export function fitted(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    const more = widthOf(character)
    if (used + more > columns - 1) break
    kept += character
    used += more
  }
  return `${kept}…`
}

export function padded(text: string, columns: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, columns - width(text)))
  return isRight ? space + text : text + space
}
