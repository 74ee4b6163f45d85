import { GoogleError } from '../../google-error.ts'

export interface PageRequest {
  readonly pageSize?: number | null
  readonly pageToken?: string | null
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Empty behind the last page. */
  readonly nextPageToken: string
}

const DEFAULT_SIZE = 100
const LARGEST_SIZE = 1000

/**
 * One page of a list, in the order of its names. The token is the last name: what is made or deleted between two pages
 * moves nothing else.
 */
export function pageOf<T>(all: readonly T[], nameOf: (item: T) => string, request: PageRequest): Page<T> {
  const size = request.pageSize || DEFAULT_SIZE
  if (!Number.isSafeInteger(size) || size < 0)
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid page_size ${size}: it must be a positive whole number.`,
    )
  const after = nameIn(request.pageToken ?? '')
  const rest = all.filter((item) => nameOf(item) > after).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const items = rest.slice(0, Math.min(size, LARGEST_SIZE))
  const nextPageToken =
    items.length < rest.length ? Buffer.from(nameOf(items.at(-1)!)).toString('base64url') : ''
  return { items, nextPageToken }
}

/** Items whose order is not that of their names, for `pageOf` with `placeOf`. */
export function inTurn<T>(all: readonly T[]): { readonly item: T; readonly place: number }[] {
  return all.map((item, place) => ({ item, place }))
}

export function placeOf({ place }: { readonly place: number }): string {
  return `projects/${String(place).padStart(8, '0')}`
}

function nameIn(token: string): string {
  const name = Buffer.from(token, 'base64url').toString()
  if (token === '' || (name.startsWith('projects/') && Buffer.from(name).toString('base64url') === token))
    return name
  throw new GoogleError('INVALID_ARGUMENT', `Invalid page_token "${token}".`)
}
