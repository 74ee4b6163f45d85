const NUMBER = /^\s*([+-]?)\s*([\d,]*)(?:(\.)(\d*))?(?:[eE]([+-]?\d+))?\s*([+-]?)\s*$/

/**
 * A number that a text says, as digits without an exponent, rounded half away from zero.
 *
 * @param digits behind the point, at most
 * @param isLoose PARSE_NUMERIC takes commas, a sign behind the number and white space about it; CAST does not
 * @throws Error where the text says none
 */
export function plainNumber(type: string, text: string, digits: number, isLoose: boolean): string {
  const [, before = '', whole = '', point = '', fraction = '', exponent = '0', behind = ''] =
    NUMBER.exec(text) ?? []
  const digitsOf = whole.replaceAll(',', '')
  const isWrong =
    !NUMBER.test(text) ||
    digitsOf + fraction === '' ||
    (whole !== '' && digitsOf === '') ||
    (before !== '' && behind !== '')
  const isStrange = whole.includes(',') || behind !== '' || /[+-]\s/.test(text)
  if (
    isWrong ||
    (!isLoose && isStrange) ||
    (point === '.' && digitsOf + fraction === '') ||
    Math.abs(Number(exponent)) > 1000
  )
    throw new Error(`Invalid ${type} value: ${text}`)
  return placed(`${before}${behind}`, digitsOf, fraction, Number(exponent), digits)
}

/** The digits with their point where the exponent puts it. */
function placed(sign: string, whole: string, fraction: string, exponent: number, digits: number): string {
  const all = `${whole}${fraction}`
  const places = fraction.length - exponent
  const padded = places <= 0 ? all.padEnd(all.length - places, '0') : all.padStart(places + 1, '0')
  const [left, right] = places <= 0 ? [padded, ''] : [padded.slice(0, -places), padded.slice(-places)]
  const up = (right[digits] ?? '0') >= '5'
  const kept = BigInt(`${left}${right.slice(0, digits).padEnd(digits, '0')}` || '0') + (up ? 1n : 0n)
  const shown = kept.toString().padStart(digits + 1, '0')
  return `${sign === '-' ? '-' : ''}${shown.slice(0, -digits)}.${shown.slice(-digits)}`
}
