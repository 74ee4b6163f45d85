import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

const HOUR_S = 3600
/** A token that is handed out lives for as long at least. */
const LEAST_S = 600

interface Token {
  readonly text: string
  /** Seconds since 1970. */
  readonly expires: number
}

/**
 * OpenID Connect tokens for push requests, with Google's claims (cloud.google.com/pubsub/docs/authenticate-push-subscriptions),
 * signed by a key of this machine. Whoever verifies them asks this local-cloud for the key's certificates.
 */
export class PushTokens {
  readonly #now: () => number
  readonly #keyFile: string | undefined
  readonly #tokens = new Map<string, Token>()
  #key: KeyObject | undefined

  /** @param keyFile where the key outlives a restart; none: a new one in each process */
  constructor(now: () => number, keyFile: string | undefined) {
    this.#now = now
    this.#keyFile = keyFile
  }

  token(email: string, audience: string): string {
    const name = JSON.stringify([email, audience])
    const now = Math.floor(this.#now() / 1000)
    const known = this.#tokens.get(name)
    if (known && known.expires - now >= LEAST_S) return known.text
    const sub = BigInt(`0x${sha256(email).slice(0, 16)}`).toString()
    const expires = now + HOUR_S
    const text = this.#sign({
      aud: audience,
      azp: sub,
      email,
      email_verified: true,
      exp: expires,
      iat: now,
      iss: 'https://accounts.google.com',
      sub,
    })
    this.#tokens.set(name, { text, expires })
    return text
  }

  /** As `https://www.googleapis.com/oauth2/v3/certs` answers them. */
  webKeys(): object {
    const jwk = createPublicKey(this.#signingKey()).export({ format: 'jwk' })
    return { keys: [{ ...jwk, kid: this.#keyId(), alg: 'RS256', use: 'sig' }] }
  }

  /** By key id, in PEM, in the place of `https://www.googleapis.com/oauth2/v1/certs`. */
  pemKeys(): Readonly<Record<string, string>> {
    return { [this.#keyId()]: this.#pem() }
  }

  #sign(claims: object): string {
    const header = { alg: 'RS256', kid: this.#keyId(), typ: 'JWT' }
    const signed = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${signed}.${createSign('sha256').update(signed).sign(this.#signingKey(), 'base64url')}`
  }

  #keyId(): string {
    return sha256(this.#pem()).slice(0, 40)
  }

  #pem(): string {
    return createPublicKey(this.#signingKey()).export({ format: 'pem', type: 'spki' }).toString()
  }

  /** Made when it is asked for first: it takes a tenth of a second. */
  #signingKey(): KeyObject {
    return (this.#key ??= this.#readKey() ?? this.#makeKey())
  }

  #readKey(): KeyObject | undefined {
    if (this.#keyFile === undefined || !existsSync(this.#keyFile)) return undefined
    return createPrivateKey(readFileSync(this.#keyFile))
  }

  #makeKey(): KeyObject {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    if (this.#keyFile === undefined) return privateKey
    // beside and renamed: a kill in the middle leaves no half of a key
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
    writeFileSync(`${this.#keyFile}.new`, pem, { mode: 0o600 })
    renameSync(`${this.#keyFile}.new`, this.#keyFile)
    return privateKey
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
