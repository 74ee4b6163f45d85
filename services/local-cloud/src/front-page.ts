import type { FastifyInstance } from 'fastify'

export interface FrontPage {
  /** Whose place it takes. */
  readonly api: string
  /** Google's own reference of it. */
  readonly reference: string
  /** What answers something at once. */
  readonly tryPath: string
  /** The variable that sends Google's clients here. */
  readonly client: string
}

/** What `/` says: who opens a port in a browser sees what listens there, and where to read on. */
export function addFrontPage(app: FastifyInstance, { api, reference, tryPath, client }: FrontPage): void {
  app.get('/', (request) => ({
    service: 'local-cloud',
    api,
    try: `http://${request.host}${tryPath}`,
    clients: `${client}=http://${request.host}`,
    reference,
    docs: 'services/local-cloud/README.md; what is supported: services/local-cloud/SUPPORT.md',
  }))
}
