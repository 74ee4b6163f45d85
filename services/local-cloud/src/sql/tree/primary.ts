import { notImplemented } from '../../bigquery/errors.ts'
import { isReserved } from '../keywords.ts'
import type { Token } from '../tokens.ts'
import { parseCall } from './calls.ts'
import type { Cursor } from './cursor.ts'
import type { Expression } from './tree.ts'
import { parseType } from './types.ts'

const TYPED = [
  'DATE',
  'TIMESTAMP',
  'DATETIME',
  'TIME',
  'NUMERIC',
  'DECIMAL',
  'BIGNUMERIC',
  'BIGDECIMAL',
  'JSON',
]

/** A value with what stands behind it: `.field`, `[place]`. */
export function parsePrimary(cursor: Cursor): Expression {
  let value = parseValue(cursor)
  for (;;) {
    const { at } = cursor
    // of SELECT
    if (cursor.isSymbol('.') && cursor.isSymbol('*', 1)) return value
    if (cursor.skipSymbol('.')) {
      const { text: name, kind } = cursor.take()
      if (kind !== 'word' && kind !== 'quoted') throw cursor.unexpected('a name')
      if (cursor.isSymbol('(')) throw notImplemented(`the function ….${name}()`)
      value = { kind: 'field', of: value, name, at }
    } else if (cursor.skipSymbol('[')) {
      value = parseIndex(cursor, value, at)
      cursor.expectSymbol(']')
    } else return value
  }
}

function parseIndex(cursor: Cursor, of: Expression, at: number): Expression {
  const word = cursor.peek()
  const isNamed = word?.kind === 'word' && cursor.isSymbol('(', 1)
  if (isNamed && ['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL'].includes(word.upper)) {
    cursor.take()
    return { kind: 'index', of, how: word.upper, place: cursor.inBrackets(() => cursor.expression()), at }
  }
  return { kind: 'index', of, how: 'PLAIN', place: cursor.expression(), at }
}

function parseValue(cursor: Cursor): Expression {
  const { at } = cursor
  const token = cursor.peek()
  if (!token) throw cursor.unexpected()
  switch (token.kind) {
    case 'text':
    case 'bytes':
      return parseText(cursor, token.kind)
    case 'number':
      cursor.take()
      return {
        kind: 'literal',
        type: /^0x|^\d+$/i.test(token.text) ? 'INT64' : 'FLOAT64',
        text: token.text,
        at,
      }
    case 'parameter':
      cursor.take()
      return { kind: 'parameter', name: token.text, at }
    case 'symbol':
      return parseBrackets(cursor, token)
    default:
      return parseWord(cursor, token)
  }
}

function parseText(cursor: Cursor, kind: 'text' | 'bytes'): Expression {
  const { at } = cursor
  let { text } = cursor.take()
  while (cursor.peek()?.kind === kind) text += cursor.take().text
  return { kind: 'literal', type: kind === 'text' ? 'STRING' : 'BYTES', text, at }
}

function parseBrackets(cursor: Cursor, token: Token): Expression {
  const { at } = cursor
  if (token.text === '[') return { kind: 'array', element: undefined, items: parseItems(cursor), at }
  if (token.text !== '(') throw cursor.unexpected()
  return cursor.inBrackets((): Expression => {
    if (cursor.startsQuery()) return { kind: 'subquery', how: 'VALUE', query: cursor.query(), at }
    const items = cursor.list(() => cursor.expression())
    if (items.length === 1) return items[0]!
    const fields = items.map((of) => ({ name: undefined, of }))
    return { kind: 'struct', type: undefined, isTuple: true, fields, at }
  })
}

function parseItems(cursor: Cursor): Expression[] {
  cursor.expectSymbol('[')
  const items = cursor.isSymbol(']') ? [] : cursor.list(() => cursor.expression())
  cursor.expectSymbol(']')
  return items
}

function parseWord(cursor: Cursor, token: Token): Expression {
  const { at } = cursor
  const next = cursor.peek(1)
  if (token.kind === 'word') {
    const special = parseSpecial(cursor, token.upper, next, at)
    if (special) return special
  }
  if (
    token.kind === 'word' &&
    isReserved(token.upper) &&
    token.upper !== 'IF' &&
    token.upper !== 'LEFT' &&
    token.upper !== 'RIGHT' &&
    token.upper !== 'GROUPING' &&
    token.upper !== 'RANGE'
  )
    throw cursor.unexpected()
  return parseCall(cursor) ?? parsePath(cursor)
}

/** `a.b.c` */
export function parsePath(cursor: Cursor): Expression {
  const { at } = cursor
  const names = [cursor.name()]
  while (cursor.isSymbol('.') && isNameToken(cursor.peek(1)) && !cursor.isSymbol('(', 2)) {
    cursor.take()
    names.push(cursor.take().text)
  }
  return { kind: 'path', names, at }
}

const isNameToken = (token: Token | undefined): boolean => token?.kind === 'word' || token?.kind === 'quoted'

function parseSpecial(
  cursor: Cursor,
  upper: string,
  next: Token | undefined,
  at: number,
): Expression | undefined {
  if (upper === 'NULL' || upper === 'TRUE' || upper === 'FALSE') {
    cursor.take()
    return { kind: 'literal', type: upper === 'NULL' ? 'NULL' : 'BOOL', text: upper, at }
  }
  if (TYPED.includes(upper) && next?.kind === 'text') {
    cursor.take()
    return { kind: 'typed', type: upper, text: (parseText(cursor, 'text') as { text: string }).text, at }
  }
  if (upper === 'CASE') return parseCase(cursor)
  if (upper === 'INTERVAL') return parseInterval(cursor)
  if (upper === 'ARRAY') return parseArray(cursor)
  if (upper === 'STRUCT') return parseStruct(cursor)
  if (upper === 'RANGE' && next?.kind === 'symbol' && next.text === '<') {
    const { element } = parseType(cursor)
    if (cursor.peek()?.kind !== 'text') throw cursor.unexpected()
    const { text } = parseText(cursor, 'text') as { text: string }
    return { kind: 'typed', type: 'RANGE', element: element!, text, at }
  }
  if (!(next?.kind === 'symbol' && next.text === '(')) return undefined
  if (upper === 'COLLATE') throw notImplemented('COLLATE of a value')
  if (upper === 'EXISTS') {
    cursor.take()
    return { kind: 'subquery', how: 'EXISTS', query: cursor.inBrackets(() => cursor.query()), at }
  }
  if (upper === 'CAST' || upper === 'SAFE_CAST') {
    cursor.take()
    return cursor.inBrackets((): Expression => {
      const of = cursor.expression()
      cursor.expect('AS')
      const type = parseType(cursor)
      const format = cursor.skip('FORMAT') ? cursor.expression() : undefined
      const zone = format && cursor.skip('AT', 'TIME', 'ZONE') ? cursor.expression() : undefined
      const cast = { kind: 'cast', of, type, safe: upper === 'SAFE_CAST', at } as const
      return { ...cast, ...(format && { format }), ...(zone && { zone }) }
    })
  }
  return upper === 'EXTRACT' ? parseExtract(cursor) : undefined
}

function parseExtract(cursor: Cursor): Expression {
  const { at } = cursor
  cursor.take()
  return cursor.inBrackets((): Expression => {
    let part = cursor.take().upper
    if (cursor.isSymbol('(')) part += `(${cursor.inBrackets(() => cursor.take().upper)})`
    cursor.expect('FROM')
    const of = cursor.expression()
    return {
      kind: 'extract',
      part,
      of,
      zone: cursor.skip('AT', 'TIME', 'ZONE') ? cursor.expression() : undefined,
      at,
    }
  })
}

function parseCase(cursor: Cursor): Expression {
  const { at } = cursor
  cursor.take()
  const of = cursor.isWord('WHEN') ? undefined : cursor.expression()
  const whens: { when: Expression; result: Expression }[] = []
  while (cursor.skip('WHEN')) {
    const when = cursor.expression()
    cursor.expect('THEN')
    whens.push({ when, result: cursor.expression() })
  }
  const otherwise = cursor.skip('ELSE') ? cursor.expression() : undefined
  cursor.expect('END')
  return { kind: 'case', of, whens, otherwise, at }
}

function parseInterval(cursor: Cursor): Expression {
  const { at } = cursor
  cursor.take()
  const amount = cursor.expression()
  const part = cursor.take().upper
  const to = cursor.skip('TO') ? cursor.take().upper : undefined
  return { kind: 'interval', amount, part, to, at }
}

function parseArray(cursor: Cursor): Expression {
  const { at } = cursor
  if (cursor.isSymbol('[', 1)) {
    cursor.take()
    return { kind: 'array', element: undefined, items: parseItems(cursor), at }
  }
  if (cursor.isSymbol('<', 1)) {
    const { element } = parseType(cursor)
    return { kind: 'array', element, items: parseItems(cursor), at }
  }
  cursor.take()
  return { kind: 'subquery', how: 'ARRAY', query: cursor.inBrackets(() => cursor.query()), at }
}

function parseStruct(cursor: Cursor): Expression {
  const { at } = cursor
  let type
  if (cursor.isSymbol('<', 1)) type = parseType(cursor)
  else cursor.take()
  const fields = cursor.inBrackets(() =>
    cursor.isSymbol(')')
      ? []
      : cursor.list(() => {
          const of = cursor.expression()
          return { name: cursor.skip('AS') ? cursor.name() : undefined, of }
        }),
  )
  return { kind: 'struct', type, fields, at }
}
