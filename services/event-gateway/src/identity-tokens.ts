import { OAuth2Client } from 'google-auth-library'

/** The e-mail address of a token's owner; rejects for a token that is not Google's, not for us, or too old. */
export type VerifyToken = (token: string) => Promise<string>

/** Google identity tokens for one audience, as a service account on Cloud Run gets them from its metadata server. */
export function googleTokens(audience: string): VerifyToken {
  const client = new OAuth2Client()
  return async (idToken) => {
    const ticket = await client.verifyIdToken({ idToken, audience })
    const { email, email_verified: isVerified } = ticket.getPayload() ?? {}
    if (email === undefined || isVerified !== true)
      throw new Error('the token names no verified e-mail address')
    return email
  }
}
