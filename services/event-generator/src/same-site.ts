import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'

const CrossSite = createError(
  'CROSS_SITE',
  'a page of another site asks for this; only pages of this one may, and whatever is no browser',
  403,
)
const READING = new Set(['GET', 'HEAD', 'OPTIONS'])
/** `none`: a person typed the address. */
const OURS = new Set(['same-origin', 'none'])

/**
 * Refuses what a page of another site has a browser send: a POST without a body needs no leave of ours (it is a "simple" request), and
 * would publish. Browsers say where a request comes from; what is no browser says nothing of it.
 */
export function refuseOtherSites(app: FastifyInstance): void {
  app.addHook('onRequest', ({ method, headers }, _reply, next) => {
    const site = headers['sec-fetch-site']
    const isForeign = (typeof site === 'string' && !OURS.has(site)) || !isOrigin(headers.origin, headers.host)
    next(!READING.has(method) && isForeign ? new CrossSite() : undefined)
  })
}

function isOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}
