import { StorageError } from './errors.ts'
import { globMatcher } from './glob.ts'
import { byBytes } from './names.ts'
import type { StoredObject } from './object-metadata.ts'

export interface ListQuery {
  readonly prefix?: string
  readonly delimiter?: string
  /** Names from here on, */
  readonly startOffset?: string
  /** and before this one. */
  readonly endOffset?: string
  /** Whether objects whose names end with the delimiter are listed beside the prefixes, too. */
  readonly includeTrailingDelimiter?: boolean
  readonly matchGlob?: string
  readonly maxResults?: number
  readonly pageToken?: string
}

export interface ListPage {
  readonly items: readonly StoredObject[]
  readonly prefixes: readonly string[]
  readonly nextPageToken?: string
}

const LARGEST_PAGE = 1000

/** A page of a bucket, in the order of the names' bytes. Objects and prefixes count alike. */
export function listObjects(objects: ReadonlyMap<string, StoredObject>, query: ListQuery): ListPage {
  const { prefix = '', startOffset = '', endOffset = '' } = query
  const after = query.pageToken === undefined ? undefined : lastOf(query.pageToken)
  const most = Math.min(query.maxResults || LARGEST_PAGE, LARGEST_PAGE)
  const glob = query.matchGlob ? globMatcher(query.matchGlob) : undefined
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(prefix) && byBytes(name, startOffset) >= 0)
    .filter((name) => glob?.(name) ?? true)
    .filter((name) => endOffset === '' || byBytes(name, endOffset) < 0)
    .toSorted(byBytes)
  const items: StoredObject[] = []
  const prefixes = new Set<string>()
  let last = ''
  for (const name of names) {
    const folder = folderOf(name, prefix, query.delimiter)
    const key = folder ?? name
    const isBefore = after !== undefined && (byBytes(key, after) <= 0 || name === after)
    const isItem = folder === undefined || (query.includeTrailingDelimiter === true && folder === name)
    if (isBefore || (!isItem && prefixes.has(key))) continue
    if (items.length + prefixes.size >= most)
      return { items, prefixes: [...prefixes], nextPageToken: Buffer.from(last).toString('base64') }
    if (folder !== undefined) prefixes.add(folder)
    if (isItem) items.push(objects.get(name)!)
    last = key
  }
  return { items, prefixes: [...prefixes] }
}

/** What of a name is a folder below the prefix; undefined: it is listed itself. */
function folderOf(name: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (!delimiter) return undefined
  const end = name.indexOf(delimiter, prefix.length)
  return end === -1 ? undefined : name.slice(0, end + delimiter.length)
}

function lastOf(pageToken: string): string {
  const last = Buffer.from(pageToken, 'base64').toString('utf8')
  if (Buffer.from(last).toString('base64') === pageToken) return last
  throw new StorageError('invalid', `Invalid page token: ${pageToken}`, { location: 'pageToken' })
}
