import { OAuth2Client } from 'google-auth-library'

/** The e-mail address of a token's owner; rejects for a token that is not Google's, not for us, or too old. */
export type VerifyToken = (token: string) => Promise<string>

/** No token can be judged now: the next try may find the certificates. */
export class NoCertificates extends Error {
  constructor(cause: unknown) {
    super('the certificates of identity tokens cannot be fetched', { cause })
    this.name = 'NoCertificates'
  }
}

/** Google identity tokens for one audience, as a service account on Cloud Run gets them from its metadata server. */
export function googleTokens(audience: string, client = new OAuth2Client()): VerifyToken {
  return async (idToken) => {
    // the client keeps them as long as Google says; what fails here is no fault of the token
    await client.getFederatedSignonCertsAsync().catch((error: unknown) => {
      throw new NoCertificates(error)
    })
    const ticket = await client.verifyIdToken({ idToken, audience })
    const { email, email_verified: isVerified } = ticket.getPayload() ?? {}
    if (email === undefined || isVerified !== true)
      throw new Error('the token names no verified e-mail address')
    return email
  }
}
