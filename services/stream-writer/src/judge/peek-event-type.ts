const COLON = 58
const SPACE = 32
const QUOTE = 34
const LONGEST = 200

/**
 * What looks like the type of an event, from its bytes; empty where nothing does. It may be wrong (the key may stand inside of
 * another object, or of a text): whoever goes by it has to see whether it is true.
 */
export type PeekEventType = (data: Buffer) => string

/** @param typeField the field that names the type */
export function createPeek(typeField: string): PeekEventType {
  const key = Buffer.from(JSON.stringify(typeField))
  const { length } = key
  // events of a type come in runs
  let last = ''
  return (data) => {
    // mostly it is the first key
    let at = standsAt(data, 1, key) ? 1 : data.indexOf(key)
    if (at < 0) return ''
    at += length
    while (data[at] === COLON || data[at] === SPACE) at++
    if (data[at] !== QUOTE) return ''
    const start = at + 1
    if (isText(data, start, last)) return last
    const end = data.indexOf(QUOTE, start)
    if (end < 0 || end - start > LONGEST) return ''
    last = data.toString('utf8', start, end)
    return last
  }
}

/** Whether a text of ASCII and the quote behind it stand there; a text of other characters is read anew. */
function isText(data: Buffer, start: number, text: string): boolean {
  const { length } = text
  if (data[start + length] !== QUOTE) return false
  for (let index = 0; index < length; index++) {
    if (data[start + index] !== text.charCodeAt(index)) return false
  }
  return true
}

function standsAt(data: Buffer, at: number, key: Buffer): boolean {
  for (let index = 0; index < key.length; index++) if (data[at + index] !== key[index]) return false
  return true
}
