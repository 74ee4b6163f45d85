import type { IncomingHttpHeaders } from 'node:http'
import { StorageError } from './errors.ts'

type Query = Readonly<Record<string, string | undefined>>

/** What must hold of what is there, for a request to be done. */
export interface Preconditions {
  readonly ifGenerationMatch?: number
  readonly ifGenerationNotMatch?: number
  readonly ifMetagenerationMatch?: number
  readonly ifMetagenerationNotMatch?: number
}

const NAMES = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const

/** @param source the parameters that speak of the source of a copy: `ifSourceGenerationMatch` */
export function preconditionsOf(query: Query, source = false): Preconditions {
  const asked = NAMES.map((name) => {
    const parameter = source ? name.replace('if', 'ifSource') : name
    return [name, numberOf(parameter, query[parameter])] as const
  })
  return Object.fromEntries(asked.filter(([, value]) => value !== undefined))
}

/** @throws StorageError where a parameter is no whole number */
export function numberOf(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,18}$/.test(text)) return Number(text)
  throw new StorageError('invalidParameter', `Invalid value for parameter ${parameter}: ${text}`, {
    location: parameter,
  })
}

/** What a precondition is asked of: nothing there counts as generation 0. */
type Version = { readonly generation?: number; readonly metageneration: number } | undefined

/** @throws StorageError conditionNotMet (412), and for a read whose "not match" does not hold `notModified` (304) */
export function checkPreconditions(asked: Preconditions, found: Version, isRead = false): void {
  const generation = found?.generation ?? 0
  const metageneration = found?.metageneration ?? 0
  const { ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch } = asked
  const matches =
    (ifGenerationMatch ?? generation) === generation &&
    (ifMetagenerationMatch ?? metageneration) === metageneration
  if (!matches) throw notMet()
  if (ifGenerationNotMatch !== generation && ifMetagenerationNotMatch !== metageneration) return
  throw isRead ? new NotModified() : notMet()
}

/**
 * What a read asks of the ETag by its headers; changes take none, at Google neither (docs: request-preconditions, ETags).
 *
 * @throws StorageError conditionNotMet for If-Match, NotModified for If-None-Match
 */
export function checkETags(headers: IncomingHttpHeaders, etag: string): void {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  if (match !== undefined && !names(match, etag)) throw notMet()
  if (noneMatch !== undefined && names(noneMatch, etag)) throw new NotModified()
}

/** A header is `*`, or ETags with commas between them, in quotes or, as the JSON API writes them, without. */
function names(header: string, etag: string): boolean {
  const said = header.split(',').map((text) =>
    text
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
  return said.includes('*') || said.includes(etag)
}

/** The answer to a read of what the caller has already: 304, without a body. */
export class NotModified extends Error {}

function notMet(): StorageError {
  const message = 'At least one of the pre-conditions you specified did not hold.'
  return new StorageError('conditionNotMet', message, { location: 'If-Match' })
}
