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
  let at = data.indexOf(KEY)
  if (at < 0) return ''
  at += KEY.length
  while (data[at] === COLON || data[at] === SPACE) at++
  if (data[at] !== QUOTE) return ''
  const start = at + 1
  const end = data.indexOf(QUOTE, start)
  return end < 0 || end - start > LONGEST ? '' : data.toString('utf8', start, end)
}
