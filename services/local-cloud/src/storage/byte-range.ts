import { StorageError } from './errors.ts'

/** A part of an object: the first and the last byte of it. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * What a Range header asks for (RFC 9110, 14.2): undefined is all of it, as for more than one range.
 *
 * @throws StorageError where the object has none of it
 */
export function readRange(text: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(text ?? '') ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  // a range that ends before it begins is none
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (start < size && (first !== '' || Number(last) > 0)) return { start, end }
  throw new StorageError('requestedRangeNotSatisfiable', 'Request range not satisfiable')
}
