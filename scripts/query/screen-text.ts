// Texts of events on a terminal: how wide they are, and nothing in them that a terminal obeys.

import { shown as escaped } from '@tablestream/service-kit/shown'

/** Takes two columns: East Asian wide and full-width, and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u
const NO_WIDTH = /\p{M}/u

/** A text on one line that a terminal obeys nothing of. */
export function shown(text: string): string {
  // the joiner of emoji and the flags' letters would be needed; a terminal may draw them as it likes
  return escaped(text, { isShort: true })
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
