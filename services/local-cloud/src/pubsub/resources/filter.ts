import { GoogleError } from '../../google-error.ts'

export type Filter = (attributes: Readonly<Record<string, string>>) => boolean

const TOKEN =
  /\s*(?:(AND|OR|NOT|hasPrefix)\b|(attributes\b)|("(?:[^"\\]|\\.)*")|([A-Za-z_][\w-]*)|(!=|[().:,=-]))/y

const MATCH_ALL: Filter = () => true
const LONGEST_BYTES = 256

/**
 * A subscription filter, as cloud.google.com/pubsub/docs/subscription-message-filter writes its language: attributes.K =
 * "v", !=, attributes:K, hasPrefix(attributes.K, "v"), AND, OR, NOT and parentheses. AND and OR mix only with
 * parentheses.
 *
 * @throws GoogleError INVALID_ARGUMENT that quotes the place it could not read
 */
export function parseFilter(text: string): Filter {
  if (text.trim() === '') return MATCH_ALL
  if (Buffer.byteLength(text) > LONGEST_BYTES) {
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `The filter has ${Buffer.byteLength(text)} bytes; 256 is the limit.`,
    )
  }
  const reader = new Reader(text)
  const filter = readExpression(reader)
  if (reader.peek() !== undefined) reader.fail()
  return filter
}

class Reader {
  readonly #text: string
  readonly #tokens: string[] = []
  #at = 0

  constructor(text: string) {
    this.#text = text
    TOKEN.lastIndex = 0
    const end = text.trimEnd().length
    while (TOKEN.lastIndex < end) {
      const from = TOKEN.lastIndex
      const match = TOKEN.exec(text)
      if (!match) throw new GoogleError('INVALID_ARGUMENT', `Invalid filter at "${text.slice(from)}"`)
      this.#tokens.push(match[0].trim())
    }
  }

  peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  take(expected?: string): string {
    const token = this.#tokens[this.#at]
    if (token === undefined || (expected !== undefined && token !== expected)) this.fail(expected)
    this.#at++
    return token
  }

  skip(token: string): boolean {
    const found = this.peek() === token
    if (found) this.#at++
    return found
  }

  fail(expected?: string): never {
    const what = expected === undefined ? '' : `, expected ${expected}`
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid filter "${this.#text}" at "${this.peek() ?? 'its end'}"${what}`,
    )
  }
}

function readExpression(reader: Reader): Filter {
  const parts = [readTerm(reader)]
  const operator = reader.peek()
  if (operator !== 'AND' && operator !== 'OR') return parts[0]!
  while (reader.skip(operator)) parts.push(readTerm(reader))
  if (reader.peek() === 'AND' || reader.peek() === 'OR') reader.fail('parentheses around mixed AND and OR')
  return operator === 'AND'
    ? (attributes) => parts.every((part) => part(attributes))
    : (attributes) => parts.some((part) => part(attributes))
}

function readTerm(reader: Reader): Filter {
  if (reader.skip('NOT') || reader.skip('-')) {
    const inner = readTerm(reader)
    return (attributes) => !inner(attributes)
  }
  if (reader.skip('(')) {
    const inner = readExpression(reader)
    reader.take(')')
    return inner
  }
  if (reader.skip('hasPrefix')) {
    reader.take('(')
    reader.take('attributes')
    reader.take('.')
    const key = readKey(reader)
    reader.take(',')
    const prefix = readText(reader)
    reader.take(')')
    return (attributes) => attributes[key]?.startsWith(prefix) ?? false
  }
  reader.take('attributes')
  if (reader.skip(':')) {
    const key = readKey(reader)
    return (attributes) => attributes[key] !== undefined
  }
  reader.take('.')
  const key = readKey(reader)
  if (reader.skip('=')) {
    const value = readText(reader)
    return (attributes) => attributes[key] === value
  }
  reader.take('!=')
  const value = readText(reader)
  return (attributes) => attributes[key] !== value
}

function readKey(reader: Reader): string {
  const token = reader.take()
  if (token.startsWith('"')) return unquoted(token)
  return /^[A-Za-z_]/.test(token) ? token : reader.fail('an attribute key')
}

function readText(reader: Reader): string {
  const token = reader.take()
  return token.startsWith('"') ? unquoted(token) : reader.fail('a text in double quotes')
}

function unquoted(token: string): string {
  try {
    return JSON.parse(token) as string
  } catch (error) {
    throw new GoogleError('INVALID_ARGUMENT', `Invalid filter: ${token} is no string in double quotes`, {
      cause: error,
    })
  }
}
