import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export interface FrontPageOptions {
  readonly service: string
  /** What it does, in a sentence. */
  readonly about: string
  /** Path to what is there. */
  readonly links: Readonly<Record<string, string>>
}

const EVERYWHERE = {
  '/readiness': 'whether it is ready, and what it needs',
  '/health': 'who it is, and since when',
  '/metrics': 'what it has done, for Prometheus',
}

/** `GET /`: what the service is and where its pages are, for a browser as HTML, for programs as JSON. */
export const frontPage = fp(
  (app: FastifyInstance, { service, about, links }: FrontPageOptions, done: () => void) => {
    const all = { ...links, ...EVERYWHERE }
    const page = htmlOf(service, about, all)
    app.get('/', { schema: { hide: true } }, (request, reply) =>
      request.headers.accept?.includes('text/html')
        ? reply.type('text/html; charset=utf-8').send(page)
        : reply.send({ service, product: 'Tablestream', about, links: all }),
    )
    done()
  },
  { name: 'front-page', fastify: '5.x' },
)

function htmlOf(service: string, about: string, links: Readonly<Record<string, string>>): string {
  const items = Object.entries(links).map(([path, what]) => `<li><a href="${path}">${path}</a> ${what}</li>`)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>Tablestream: ${service}</title><h1>Tablestream: ${service}</h1><p>${about}</p><ul>${items.join('')}</ul></html>`
}
