import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** Where clients that have a key of a service account ask for an access token. */
export const TOKEN_PATH = '/token'

const HOUR_S = 3600

/** Anybody gets a token: nobody is asked for one. Clients send a form, as RFC 6749 has it. */
export function addAccessTokens(app: FastifyInstance): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, parsed) => parsed(null))
    scope.post(TOKEN_PATH, () => ({ access_token: 'local', expires_in: HOUR_S, token_type: 'Bearer' }))
    done()
  })
}

/**
 * The key file of a service account that nobody has: with it clients that insist on credentials are content, and ask this local-cloud
 * for their tokens (GOOGLE_APPLICATION_CREDENTIALS).
 *
 * @param origin `http://127.0.0.1:8085`
 */
export function serviceAccountKey(projectId: string, origin: string): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    type: 'service_account',
    project_id: projectId,
    private_key_id: randomUUID().replaceAll('-', ''),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: `local-cloud@${projectId}.iam.gserviceaccount.com`,
    client_id: '0',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: `${origin}${TOKEN_PATH}`,
    universe_domain: 'googleapis.com',
  }
}
