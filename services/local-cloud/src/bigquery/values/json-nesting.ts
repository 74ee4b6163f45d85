/** "The JSON data type has a nesting limit of 500": cloud.google.com/bigquery/docs/json-data. */
const DEEPEST_JSON = 500

/** The error's text, as ZetaSQL words it. */
export const TOO_DEEP = `Max nesting of ${DEEPEST_JSON} has been exceeded while parsing JSON document`

/** Whether arrays and objects in the text, which is JSON, nest deeper than the JSON type takes. */
export function isTooDeep(text: string): boolean {
  // each level takes two characters
  return text.length > 2 * DEEPEST_JSON && nestingOf(text) > DEEPEST_JSON
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

function nestingOf(text: string): number {
  let deepest = 0
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inText) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inText = false
    } else if (code === QUOTE) inText = true
    // [ and {, ] and }
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (code === 0x5d || code === 0x7d) depth--
  }
  return deepest
}
