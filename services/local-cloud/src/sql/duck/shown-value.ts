/** A value as FORMAT() is given it: its type, and its text, or the values in it. */
type Shown = readonly [kind: string, text: string | null | readonly Shown[]]

const NESTED = ['ARRAY', 'STRUCT']

/** What %t shows of a value. @param text of BYTES hexadecimal digits, of an array or struct JSON of its values */
export function shownText(kind: string, text: string): string {
  if (NESTED.includes(kind)) return nested(JSON.parse(text) as Shown, (of, value) => shownText(of, value))
  if (kind === 'BYTES') return escapedBytes(text, '"\'')
  return kind === 'FLOAT64' && /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** What %T shows of a value: a constant of its type. */
export function shownLiteral(kind: string, text: string): string {
  if (NESTED.includes(kind)) return nested(JSON.parse(text) as Shown, shownLiteral, 'STRUCT')
  switch (kind) {
    case 'STRING':
      return quoted(text)
    case 'BYTES':
      return bytesLiteral(text)
    case 'JSON':
      return `JSON ${quoted(text)}`
    case 'DATE':
    case 'TIMESTAMP':
    case 'DATETIME':
    case 'TIME':
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return `${kind} "${text}"`
    case 'INTERVAL':
      return `INTERVAL "${text}" YEAR TO SECOND`
    case 'FLOAT64':
      if (/^-?\d+$/.test(text)) return `${text}.0`
      return /^(-?inf|nan)$/.test(text) ? `CAST("${text}" AS FLOAT64)` : text
    default:
      return text
  }
}

/** @param ofOne what stands before a struct of one field */
function nested([kind, values]: Shown, show: (kind: string, text: string) => string, ofOne = ''): string {
  if (kind === 'NULL' || values === null) return 'NULL'
  const items = (values as readonly Shown[]).map((value) => {
    if (value[1] === null) return 'NULL'
    return NESTED.includes(value[0]) ? nested(value, show, ofOne) : show(value[0], value[1] as string)
  })
  if (kind === 'ARRAY') return `[${items.join(', ')}]`
  return `${items.length === 1 ? ofOne : ''}(${items.join(', ')})`
}

function quoted(text: string): string {
  return text.includes('"') && !text.includes("'")
    ? `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')}'`
    : JSON.stringify(text)
}

/** In single quotes where there are double ones alone in it. */
function bytesLiteral(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const quote = bytes.includes('"') && !bytes.includes("'") ? "'" : '"'
  return `b${quote}${escapedBytes(hex, quote)}${quote}`
}

/** @param quotes those that are escaped */
function escapedBytes(hex: string, quotes: string): string {
  return Array.from(Buffer.from(hex, 'hex'), (byte) => {
    const character = String.fromCharCode(byte)
    if (character === '\\' || quotes.includes(character)) return `\\${character}`
    const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    if (named !== undefined) return named
    return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`
  }).join('')
}

/** JSON on several lines. Numbers are as they are written. */
export function prettyJson(text: string): string {
  let [indent, made] = ['', '']
  const line = () => `\n${indent}`
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+|\{\}|\[\]|[{}[\],:]/g))
    if (token === '{' || token === '[') {
      indent += '  '
      made += token + line()
    } else if (token === '}' || token === ']') {
      indent = indent.slice(2)
      made += line() + token
    } else made += token === ',' ? token + line() : token === ':' ? ': ' : token
  return made
}
