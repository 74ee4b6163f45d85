import type { FastifyInstance } from 'fastify'

/** A file of the page. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
  /** The same, packed. */
  readonly gzip?: Buffer
}

export interface Page {
  /** By their exact paths: `/` is the page itself. */
  readonly files: ReadonlyMap<string, PageFile>
  /** The Content-Security-Policy. */
  readonly policy: string
}

/** Serves the files of the page, and no others. */
export function servePage(app: FastifyInstance, { files, policy }: Page): void {
  for (const [path, { type, body, gzip }] of files) {
    app.get(path, { schema: { hide: true } }, (request, reply) => {
      void reply
        .type(type)
        .header('content-security-policy', policy)
        .header('cache-control', 'no-cache')
        .header('vary', 'accept-encoding')
      const isPacked = gzip !== undefined && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
      return isPacked ? reply.header('content-encoding', 'gzip').send(gzip) : reply.send(body)
    })
  }
}
