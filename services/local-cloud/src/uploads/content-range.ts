import { GoogleError } from '../google-error.ts'

/** What a request of an upload in pieces says of its bytes. */
export type ContentRange =
  | { readonly kind: 'status'; readonly total?: number }
  /** Without an end: as far as the body goes, which is the last of it. */
  | { readonly kind: 'bytes'; readonly start: number; readonly end?: number; readonly total?: number }

/** `bytes 0-99/*`, `bytes 0-*\/*`, `bytes *\/100`; absent: the whole content. @throws GoogleError INVALID_ARGUMENT */
export function readContentRange(text: string | undefined): ContentRange {
  if (text === undefined) return { kind: 'bytes', start: 0 }
  const [, start, end, total] = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(text) ?? []
  if (total === undefined)
    throw new GoogleError('INVALID_ARGUMENT', `Failed to parse Content-Range header: ${text}`)
  const known = total === '*' ? {} : { total: Number(total) }
  if (start === undefined) return { kind: 'status', ...known }
  const last = end === '*' ? {} : { end: Number(end) }
  return { kind: 'bytes', start: Number(start), ...last, ...known }
}
