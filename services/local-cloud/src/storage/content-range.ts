import { StorageError } from './errors.ts'

/** What a request of an upload in pieces says of its bytes. */
export type ContentRange =
  | { readonly kind: 'status'; readonly total?: number }
  /** Without an end: as far as the body goes, which is the last of it. */
  | { readonly kind: 'bytes'; readonly start: number; readonly end?: number; readonly total?: number }

/** `bytes 0-99/*`, `bytes 0-*\/*`, `bytes *\/100`; absent: the whole content. @throws StorageError */
export function readContentRange(text: string | undefined): ContentRange {
  if (text === undefined) return { kind: 'bytes', start: 0 }
  const [, start, end, total] = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(text) ?? []
  if (total === undefined)
    throw new StorageError('badRequest', `Failed to parse Content-Range header: ${text}`)
  const known = total === '*' ? {} : { total: Number(total) }
  if (start === undefined) return { kind: 'status', ...known }
  const last = end === '*' ? {} : { end: Number(end) }
  return { kind: 'bytes', start: Number(start), ...last, ...known }
}

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
