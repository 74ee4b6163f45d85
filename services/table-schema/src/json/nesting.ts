const QUOTE = 34
const BACKSLASH = 92

/**
 * Whether a JSON text nests arrays and objects to more than so many levels. One look at each character and no recursion,
 * so that it can be asked of any text before anything else is: what parses, walks and prints JSON recurs.
 */
export function nestsDeeperThan(levels: number, text: string): boolean {
  const { length } = text
  // each level opens and closes
  if (length < 2 * (levels + 1)) return false
  let depth = 0
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfText(text, at + 1)
    // the brackets of arrays and of objects differ in one bit from each other: [ { and ] }
    else if ((code | 32) === 123) {
      if (++depth > levels) return true
    } else if ((code | 32) === 125) depth--
  }
  return false
}

/** Where the quotation mark stands that ends the text. */
export function endOfText(text: string, start: number): number {
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at++
  }
  return at
}
