const MAY_BE_WIDE = /[0-9][0-9.]{15}|[eE][+-]?[0-9]{2}/
const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/
const LEAST = -(2n ** 63n)
const LARGEST = 2n ** 64n - 1n

/**
 * The first number in JSON text that the JSON type does not give back: it holds int64, uint64 and doubles ("Numbers from the
 * following domains can be stored in JSON without loss of precision", docs: PARSE_JSON).
 */
export function wideNumberIn(text: string): string | undefined {
  if (!MAY_BE_WIDE.test(text)) return undefined
  let wide: string | undefined
  JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value === 'number' && !isKept(context?.source ?? '', value)) wide ??= context?.source
    return value
  })
  return wide
}

/** As ZetaSQL words it. */
export function cannotRoundTrip(number: string): string {
  return `Input number: ${number.slice(0, 200)} cannot round-trip through string representation`
}

function isKept(source: string, double: number): boolean {
  if (/^-?[0-9]{1,20}$/.test(source) && BigInt(source) >= LEAST && BigInt(source) <= LARGEST) return true
  return Number.isFinite(double) && spelled(source) === spelled(String(double))
}

/** One text for all spellings of a number. */
function spelled(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  return kept === '' ? '0' : `${sign}${kept}e${Number(power) - fraction.length + digits.length - kept.length}`
}
