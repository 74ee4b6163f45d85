import type { FastifyInstance, FastifyRequest } from 'fastify'

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1']
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i

/**
 * Keeps web pages out: what answers here has no passwords, and a browser on this machine reaches it for any page.
 *
 * - A page that has its own name resolved to 127.0.0.1 (DNS rebinding) sends that name as Host.
 * - A page of another origin sends Origin with every request that changes something, and Sec-Fetch-Site with all of them.
 * - A body under a type that forms have too (text/plain, none) would come without the browser asking first. Google takes
 *   JSON under a JSON type only as well. Where objects are uploaded, bodies are of any type: there it is the Origin that tells.
 *
 * gRPC needs no guard: browsers do not speak HTTP/2 without TLS.
 */
export function addHttpGuard(
  app: FastifyInstance,
  allowedHosts: readonly string[] = [],
  takesBytes: (url: string) => boolean = () => false,
): void {
  const hosts = new Set([...THIS_MACHINE, ...allowedHosts].map(plainHost))
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = refusalOf(request, hosts, takesBytes)
    if (!refusal) return done()
    const [code, status, message] = refusal
    void reply.code(code).send({ error: { code, message, status } })
  })
}

type Refusal = readonly [code: number, status: string, message: string]

function refusalOf(
  { headers, url }: FastifyRequest,
  hosts: ReadonlySet<string>,
  takesBytes: (url: string) => boolean,
): Refusal | undefined {
  const host = plainHost((headers.host ?? '').replace(/:\d+$/, ''))
  if (!hosts.has(host)) {
    const message = `Host "${headers.host ?? ''}" is not this machine: start local-cloud with --allow-host ${host} to answer to it.`
    return [403, 'PERMISSION_DENIED', message]
  }
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined || site === 'cross-site' || site === 'same-site') {
    return [
      403,
      'PERMISSION_DENIED',
      `local-cloud answers no web page: the request has an Origin (${headers.origin ?? site}).`,
    ]
  }
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
  if (hasBody && !takesBytes(url) && !JSON_TYPE.test(headers['content-type'] ?? '')) {
    const type = headers['content-type'] ?? 'none'
    return [
      400,
      'INVALID_ARGUMENT',
      `The body is JSON, so its Content-Type must be application/json; it is ${type}.`,
    ]
  }
  return undefined
}

/** `[::1]`, `LOCALHOST` and `localhost.` are names like the others. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
