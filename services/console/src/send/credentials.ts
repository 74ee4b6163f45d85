import type { AskService } from './other-service.ts'

const METADATA = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/'
const LONGEST_MS = 5000

/** Headers that say who asks. */
export type Credentials = () => Promise<Readonly<Record<string, string>>>

export interface CredentialOptions {
  /** X-API-Key; empty: an identity token. */
  readonly key: string
  /** Whom the token is for: event-gateway's address. */
  readonly audience: string
  readonly ask: AskService
}

/**
 * What says to event-gateway who sends: the key that was given, or an identity token of the service's own account. Cloud Run looks at
 * the one in X-Serverless-Authorization and leaves Authorization, which is event-gateway's, as it is: of a token that it has looked at it
 * takes the signature away.
 */
export function credentialsFor({ key, audience, ask }: CredentialOptions): Credentials {
  return async () => {
    if (key !== '') return { 'x-api-key': key }
    const bearer = `Bearer ${await identityToken(ask, audience)}`
    return { 'x-serverless-authorization': bearer, authorization: bearer }
  }
}

/** What lets a request through to another service of Cloud Run. An address without TLS is none, and is asked without a token. */
export function passFor(url: string, ask: AskService): Credentials {
  return async () =>
    url.startsWith('https:')
      ? { 'x-serverless-authorization': `Bearer ${await identityToken(ask, url)}` }
      : {}
}

/** An access token of the service's own account, for Google's APIs. */
export async function accessToken(ask: AskService): Promise<string> {
  const { access_token: token } = JSON.parse(await metadata(ask, 'token')) as {
    readonly access_token: string
  }
  return token
}

/** In full it has the e-mail address of the account, by which event-gateway knows it. */
const identityToken = (ask: AskService, audience: string) =>
  metadata(ask, `identity?format=full&audience=${encodeURIComponent(audience)}`)

/** Cloud Run's metadata server tells tokens (docs: authenticating service-to-service), and keeps them as long as they are good. */
async function metadata(ask: AskService, path: string): Promise<string> {
  const response = await ask(METADATA + path, {
    headers: { 'metadata-flavor': 'Google' },
    signal: AbortSignal.timeout(LONGEST_MS),
  })
  if (!response.ok)
    throw new Error(`the metadata server answered ${response.status} for a token: ${path.split('?')[0]}`)
  return response.text()
}
