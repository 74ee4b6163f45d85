import { useEffect, useState } from './lib.ts'

export interface Route {
  readonly page: string
  /** Of the path behind the page, decoded. */
  readonly rest: readonly string[]
  readonly query: URLSearchParams
}

/** Routes stand behind the `#`, so that the server knows one page alone: `#/tables/orders?tab=history`. */
function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [page = '', ...rest] = path.split('/').map(decoded)
  return {
    page: page === '' ? 'flow' : page,
    rest: rest.filter((part) => part !== ''),
    query: new URLSearchParams(query),
  }
}

/** Part of an address as it is: what was typed by hand need not be well encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const read = () => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
  return route
}

/** The address of a page of ours; never that of anything else, whatever stands in the parts. */
export function link(
  page: string,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString()
  return `#/${[page, ...rest].map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
}

export function go(...where: Parameters<typeof link>): void {
  location.hash = link(...where)
}
