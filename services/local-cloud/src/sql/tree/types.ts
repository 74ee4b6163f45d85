import { notImplemented } from '../../bigquery/errors.ts'
import type { Cursor } from './cursor.ts'
import type { TypeName } from './tree.ts'

/** `INT64`, `ARRAY<STRUCT<a INT64, STRING>>`. */
export function parseType(cursor: Cursor): TypeName {
  const half = { open: false }
  const type = readType(cursor, half)
  if (half.open) throw cursor.unexpected()
  return type
}

/** @param half whether one of two `>` that came as `>>` is still there */
export function readType(cursor: Cursor, half: { open: boolean }): TypeName {
  const token = cursor.take()
  if (token.kind !== 'word') throw cursor.unexpected('a type')
  if (token.upper === 'ARRAY') {
    cursor.expectSymbol('<')
    const element = readType(cursor, half)
    cursor.closeType(half)
    return { name: 'ARRAY', element }
  }
  if (token.upper === 'RANGE') {
    cursor.expectSymbol('<')
    const element = readType(cursor, half)
    cursor.closeType(half)
    return { name: 'RANGE', element }
  }
  if (token.upper === 'STRUCT') {
    cursor.expectSymbol('<')
    const fields = cursor.list(() => {
      const next = cursor.peek(1)
      const isNamed =
        next?.kind === 'word' || (next?.kind === 'symbol' && next.text === '<' && isNotType(cursor))
      return { name: isNamed ? cursor.take().text : undefined, type: readType(cursor, half) }
    })
    cursor.closeType(half)
    return { name: 'STRUCT', fields }
  }
  if (cursor.isSymbol('(')) throw notImplemented(`type parameters (${token.text}(…))`)
  return { name: token.upper }
}

const isNotType = (cursor: Cursor): boolean => !cursor.isWord('ARRAY', 'STRUCT')
