import type { FastifyInstance } from 'fastify'
import type { PushTokens } from '../delivery/push-tokens.ts'

/** The keys by which whoever is pushed to verifies the tokens, under the paths that Google has at www.googleapis.com. */
export function addCertificatesRest(app: FastifyInstance, tokens: PushTokens): void {
  app.get('/oauth2/v3/certs', () => tokens.webKeys())
  app.get('/oauth2/v1/certs', () => tokens.pemKeys())
}
