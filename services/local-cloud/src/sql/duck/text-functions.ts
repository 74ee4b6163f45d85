/**
 * INSTR: where the text comes for so manieth a time, in characters from 1; 0 where it does not.
 *
 * @throws Error for a place or count that is none
 */
export function placeOfText(text: string, part: string, position: bigint, occurrence: bigint): bigint {
  if (position === 0n) throw new Error('INSTR: the position must not be 0')
  if (occurrence < 1n) throw new Error('INSTR: the occurrence must be 1 or more')
  if (part === '') throw new Error('local-cloud knows no INSTR of an empty text')
  const [all, wanted] = [Array.from(text), Array.from(part)]
  const backward = position < 0n
  const isAt = (at: number) => wanted.every((character, index) => all[at + index] === character)
  let left = Number(occurrence)
  for (
    let at = backward ? all.length + Number(position) : Number(position) - 1;
    at >= 0 && at < all.length;
    at += backward ? -1 : 1
  )
    if (isAt(at) && --left === 0) return BigInt(at + 1)
  return 0n
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Base 32 of RFC 4648. */
export function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const digits = (bits.match(/.{1,5}/g) ?? []).map(
    (five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)],
  )
  return digits.join('').padEnd(Math.ceil(digits.length / 8) * 8, '=')
}

const CODES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ 1: 'BFPV', 2: 'CGJKQSXZ', 3: 'DT', 4: 'L', 5: 'MN', 6: 'R' }).flatMap(([digit, letters]) =>
    Array.from(letters, (letter) => [letter, digit]),
  ),
)

/** SOUNDEX: a letter and three digits of how a word sounds; letters with one sound are one, also with H or W between. */
export function soundex(text: string): string {
  const own = Array.from(text).filter((letter) => /[A-Za-z]/.test(letter))
  const letters = own.map((letter) => letter.toUpperCase())
  const [first] = letters
  if (first === undefined) return ''
  let [made, last] = [own[0]!, CODES[first] ?? '']
  for (const letter of letters.slice(1)) {
    const code = CODES[letter] ?? ''
    if (code !== '' && code !== last) made += code
    if (letter !== 'H' && letter !== 'W') last = code
  }
  return made.slice(0, 4).padEnd(4, '0')
}

/** So many characters, or bytes, are changed, added or left out to make one of the other. */
export function editDistance(a: string | Uint8Array, b: string | Uint8Array): bigint {
  const [left, right] = [Array.from<string | number>(a), Array.from<string | number>(b)]
  let row = right.map((_, index) => index + 1)
  for (const [i, character] of left.entries()) {
    let [before, diagonal] = [i + 1, i]
    row = row.map((above, j) => {
      const cost = Math.min(above + 1, before + 1, diagonal + (character === right[j] ? 0 : 1))
      diagonal = above
      before = cost
      return cost
    })
  }
  return BigInt(row.at(-1) ?? left.length)
}

/** TRANSLATE: each character of the one list becomes that of the other at its place, or goes. @throws Error for one that is there twice */
export function translated(text: string, from: string, to: string): string {
  const target = Array.from(to)
  const made = new Map<string, string>()
  for (const [index, character] of Array.from(from).entries()) {
    if (made.has(character))
      throw new Error(`Duplicate character ${JSON.stringify(character)} in TRANSLATE source characters`)
    made.set(character, target[index] ?? '')
  }
  return Array.from(text, (character) => made.get(character) ?? character).join('')
}

export function codePoints(text: string): bigint[] {
  return Array.from(text, (character) => BigInt(character.codePointAt(0)!))
}

/** @throws Error for a number that no character has */
export function textOfCodePoints(points: readonly (bigint | null)[]): string | null {
  if (points.includes(null)) return null
  return (points as bigint[])
    .map((point) => {
      if (point < 0n || point > 0x10ffffn || (point >= 0xd800n && point <= 0xdfffn))
        throw new Error(`Invalid codepoint ${point}`)
      return point === 0n ? '' : String.fromCodePoint(Number(point))
    })
    .join('')
}

/** Letters whose folding is not what upper and lower case make of them. */
const OTHER_FOLDING = /[\u13a0-\u13ff\uab70-\uabbf]/

/**
 * NORMALIZE_AND_CASEFOLD: texts that differ in the case of letters alone become one.
 *
 * @throws Error for Cherokee letters
 */
export function caseFolded(text: string, form: string): string {
  if (OTHER_FOLDING.test(text))
    throw new Error('local-cloud knows no NORMALIZE_AND_CASEFOLD of Cherokee letters')
  // letter by letter: what stands around it changes how some are written
  const folded = Array.from(text.normalize(form), (letter) =>
    letter === 'ı'
      ? letter
      : Array.from(letter.toLowerCase().toUpperCase(), (one) => one.toLowerCase()).join(''),
  )
  return folded.join('').normalize(form)
}

/** INITCAP: the first letter of each word is large, the others are small. @param delimiters characters between words */
export function initialCapitals(text: string, delimiters: string): string {
  const between = new Set(delimiters)
  let isFirst = true
  return Array.from(text, (character) => {
    const shown = isFirst ? character.toUpperCase() : character.toLowerCase()
    isFirst = between.has(character)
    return isFirst ? character : shown
  }).join('')
}
