import { domainToASCII } from 'node:url'
import { VARCHAR, type DuckDBScalarFunction } from '@duckdb/node-api'
import { parse } from 'tldts'
import { scalarFunction } from './scalar-function.ts'

/** NET.HOST, NET.PUBLIC_SUFFIX and NET.REG_DOMAIN. */
export function urlFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('host_of_url', [VARCHAR], VARCHAR, (url) => hostOf(url as string)),
    scalarFunction('public_suffix_of_url', [VARCHAR], VARCHAR, (url) => endOf(url as string, 0)),
    scalarFunction('domain_of_url', [VARCHAR], VARCHAR, (url) => endOf(url as string, 1)),
  ]
}

/** What is behind `//` or the begin, and before the port and the path; null where there is none. */
function hostOf(url: string): string | null {
  const text = url.trim()
  // a colon ends a scheme where `//` follows it
  const rest = text.replace(/^(?:[^#/?\\:]*:)?[/\\]{2}/, '')
  const authority = /^[^#/?\\]*/.exec(rest)![0]
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const inBrackets = /^\[[^[\]]*[[\]]?/.exec(host)?.[0].length ?? 0
  const colon = host.indexOf(':', inBrackets)
  const name = colon === -1 ? host : host.slice(0, colon)
  return name.replace(/^\.+/, '').replace(/\.+$/, '.') || null
}

/** The last names of a host: its public suffix, which is one of ICANN's (publicsuffix.org), and so many names before it. */
function endOf(url: string, more: number): string | null {
  const host = hostOf(url) ?? ''
  const end = host.endsWith('.') ? '.' : ''
  const labels = (end === '' ? host : host.slice(0, -1)).split('.')
  const name = labels.join('.')
  const plain = Buffer.byteLength(name) === name.length ? name.toLowerCase() : domainToASCII(name)
  if (plain === '' || labels.includes('')) return null
  const { publicSuffix, isIcann } = parse(plain, { extractHostname: false, validateHostname: false })
  if (!publicSuffix || isIcann !== true) return null
  const size = publicSuffix.split('.').length + more
  return labels.length < size ? null : labels.slice(-size).join('.') + end
}
