import type { AskService } from './other-service.ts'

const METADATA =
  'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity'
const LONGEST_MS = 5000

export interface CredentialOptions {
  /** X-API-Key; empty: an identity token. */
  readonly key: string
  /** Whom the token is for: event-gateway's address. */
  readonly audience: string
  readonly ask: AskService
}

/**
 * What says to event-gateway who sends: the key that was given, or an identity token of the service's own account, which Cloud Run's
 * metadata server tells (docs: authenticating service-to-service).
 */
export function credentialsFor({
  key,
  audience,
  ask,
}: CredentialOptions): () => Promise<Record<string, string>> {
  return async () => {
    if (key !== '') return { 'x-api-key': key }
    const response = await ask(`${METADATA}?audience=${encodeURIComponent(audience)}`, {
      headers: { 'metadata-flavor': 'Google' },
      signal: AbortSignal.timeout(LONGEST_MS),
    })
    if (!response.ok) throw new Error(`the metadata server answered ${response.status} for an identity token`)
    return { authorization: `Bearer ${await response.text()}` }
  }
}
