import { randomBytes, timingSafeEqual } from 'node:crypto'
import createError from '@fastify/error'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const CrossSite = createError(
  'CROSS_SITE',
  'a page of another site asks for this; only the page of this console may, and whatever is no browser',
  403,
)
const UnknownHost = createError<[string]>(
  'UNKNOWN_HOST',
  'this console is not called "%s"; ALLOWED_HOSTS names what else it is called',
  403,
)
const NoToken = createError(
  'NO_TOKEN',
  `what changes something needs the header x-console-token; GET /api/session tells the token to who is no page of another site`,
  403,
)
const NotAllowed = createError<[string, string]>('NOT_ALLOWED', 'this console may not %s: %s is off', 403)

const TOKEN_HEADER = 'x-console-token'
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
/** What a link on a page of another site may open. */
const OPENED = new Set(['/', '/docs', '/docs/'])
/** `none`: a person typed the address, or the browser opened it from elsewhere. */
const OURS = new Set(['same-origin', 'none'])

/** What a setting lets be done. */
export type Role = 'replay' | 'send' | 'faults'

export interface GuardOptions {
  /** Names of this console in the header Host, without port, beside those of this machine; `*.` stands for all that end so. */
  readonly hosts: readonly string[]
  readonly may: Readonly<Record<Role, boolean>>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route changes, and which setting allows it. Absent: it only reads. */
    changes?: Role
  }
}

const SETTINGS: Readonly<Record<Role, readonly [what: string, setting: string]>> = {
  replay: ['replay dead letters', 'MAY_REPLAY'],
  send: ['send events', 'MAY_SEND'],
  faults: ['change faults', 'FAULTS_URL'],
}

/**
 * Who may ask for what. A browser sends cookies and the like to whoever a page names, so that no page of another origin may get an
 * answer: its name (a name that was pointed at this machine), where the request comes from, and its Origin are looked at. What changes
 * something needs a token besides, in a header that a form cannot send and another origin cannot ask for.
 *
 * @returns the token
 */
export function guard(app: FastifyInstance, { hosts, may }: GuardOptions): string {
  const token = randomBytes(32).toString('base64url')
  const isOurs = namesOf(hosts)
  app.addHook('onRequest', (request, _reply, next) => {
    next(refusal(request, isOurs))
  })
  app.addHook('preHandler', ({ headers, routeOptions }, _reply, next) => {
    const role = routeOptions.config.changes
    if (role === undefined) next()
    else if (!isToken(headers[TOKEN_HEADER], token)) next(new NoToken())
    else if (!may[role]) next(new NotAllowed(...SETTINGS[role]))
    else next()
  })
  return token
}

function namesOf(hosts: readonly string[]): (name: string) => boolean {
  const names = new Set([...LOOPBACK, ...hosts.map((host) => host.toLowerCase())])
  const ends = [...names].filter((name) => name.startsWith('*.')).map((name) => name.slice(1))
  return (name) => names.has(name) || ends.some((end) => name.endsWith(end))
}

const nameOf = (host: string) => host.replace(/:\d+$/, '').toLowerCase()

function refusal(
  { method, headers, url }: FastifyRequest,
  isOurs: (name: string) => boolean,
): Error | undefined {
  const host = headers.host ?? ''
  const name = nameOf(host)
  if (!isOurs(name) && !isProbe(url)) return new UnknownHost(name.slice(0, 100))
  const site = headers['sec-fetch-site']
  // a link from elsewhere opens the page: then the browser shows it, and gives nothing of it to who linked. It opens nothing else: a query
  // costs money, whoever sees its rows
  const isOpened =
    method === 'GET' &&
    OPENED.has(url.split('?')[0]!) &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  if (typeof site === 'string' && !OURS.has(site) && !isOpened) return new CrossSite()
  const { origin } = headers
  if (origin !== undefined && !isSameOrigin(origin, host, site)) return new CrossSite()
  return undefined
}

/**
 * Through `gcloud run services proxy` the page is one of this machine to the browser, and Host is the service's: then the browser's own
 * word counts, which no script can set, and only for a page of this machine. A foreign name that was pointed at the proxy has another
 * Origin.
 */
function isSameOrigin(origin: string, host: string, site: string | string[] | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const from = new URL(origin)
  if (from.host === host) return true
  const isProxied = !LOOPBACK.includes(nameOf(host)) && LOOPBACK.includes(from.hostname)
  return isProxied && site === 'same-origin'
}

/** Cloud Run asks by an address of its own whether the service is well; the answer says nothing else. */
function isProbe(url: string): boolean {
  return url === '/liveness' || url === '/readiness' || url === '/health'
}

function isToken(given: string | string[] | undefined, token: string): boolean {
  if (typeof given !== 'string') return false
  const [one, other] = [Buffer.from(given), Buffer.from(token)]
  return one.length === other.length && timingSafeEqual(one, other)
}
