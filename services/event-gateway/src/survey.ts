const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44

export interface Survey {
  /** Levels of arrays and objects. */
  readonly levels: number
  /** Elements of the outermost array, or fields of the outermost object. */
  readonly elements: number
  /** Arrays, objects, and what stands in them: about what parsing makes. */
  readonly values: number
}

/**
 * What JSON text would become, before it does: one look at each byte. Three bytes (`{},`) can become an object of 64: what is
 * too much has to be known before it is parsed.
 */
export function survey(bytes: Uint8Array): Survey {
  let depth = 0
  let levels = 0
  let elements = 0
  let values = 1
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) at = endOfText(bytes, at + 1)
    else if (byte === COMMA) {
      values++
      if (depth === 1) elements++
    }
    // the brackets of arrays and of objects differ in one bit: [ { and ] }
    else if ((byte | 32) === 123) {
      values++
      if (++depth > levels) levels = depth
    } else if ((byte | 32) === 125) depth--
  }
  return { levels, elements: elements + 1, values }
}

/** Where the quotation mark stands that ends the text. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  return at
}
