const KEY = Buffer.from('"event_type"')
const COLON = 58
const SPACE = 32
const QUOTE = 34
const LONGEST = 200

/**
 * What looks like the type of an event, from its bytes; empty where nothing does. It may be wrong (the key may stand inside of
 * another object, or of a text): whoever goes by it has to see whether it is true.
 */
export function peekEventType(data: Buffer): string {
  // mostly it is the first key
  let at = standsAt(data, 1) ? 1 : data.indexOf(KEY)
  if (at < 0) return ''
  at += KEY.length
  while (data[at] === COLON || data[at] === SPACE) at++
  if (data[at] !== QUOTE) return ''
  const start = at + 1
  if (isLast(data, start)) return last
  const end = data.indexOf(QUOTE, start)
  if (end < 0 || end - start > LONGEST) return ''
  last = data.toString('utf8', start, end)
  return last
}

// events of a type come in runs
let last = ''

function isLast(data: Buffer, start: number): boolean {
  const { length } = last
  if (data[start + length] !== QUOTE) return false
  for (let index = 0; index < length; index++) {
    if (data[start + index] !== last.charCodeAt(index)) return false
  }
  return true
}

function standsAt(data: Buffer, at: number): boolean {
  for (let index = 0; index < KEY.length; index++) if (data[at + index] !== KEY[index]) return false
  return true
}
