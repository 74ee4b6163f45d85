/** A value of JSON with nothing lost: numbers as the decimals that their texts spell, keys as often as they came. */
export type Lossless =
  | null
  | boolean
  | string
  | { readonly decimal: string }
  | readonly Lossless[]
  | { readonly entries: readonly (readonly [key: string, value: Lossless])[] }

const TOKEN = /\s*(?:([[\]{}:,])|("(?:[^"\\]|\\.)*")|(true|false|null)|(-?[0-9][0-9.eE+-]*))/y

/** Reads JSON text, which must be JSON. Of its own, so that a mistake of the product is not made here once more. */
export function readLossless(text: string): Lossless {
  JSON.parse(text)
  let at = 0
  const next = (): string => {
    TOKEN.lastIndex = at
    const [all, ...parts] = TOKEN.exec(text)!
    at += all.length
    return parts.find((part) => part !== undefined)!
  }
  const value = (token: string): Lossless => {
    if (token === '[') return [...until(']', value)]
    if (token === '{') {
      const entry = (key: string) => [JSON.parse(key) as string, (next(), value(next()))] as const
      return { entries: [...until('}', entry)] }
    }
    if (/^["tfn]/.test(token)) return JSON.parse(token) as string | boolean | null
    return { decimal: decimal(token) }
  }
  function* until<T>(end: string, read: (token: string) => T): Generator<T> {
    for (let token = next(); token !== end; token = next()) {
      if (token !== ',') yield read(token)
    }
  }
  return value(next())
}

/** One text for all spellings of a number: `-125e-5`, `0`. */
export function decimal(text: string): string {
  const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  return kept === ''
    ? '0'
    : `${sign}${kept}e${BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`
}
