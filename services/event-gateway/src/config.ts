import { commonVariables, eventVariables, loadConfig, portVariable } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  TOPIC: Type.String({ default: 'backend-events-topic', description: 'Topic that events are published to' }),
  ...eventVariables,
  API_KEYS: Type.String({
    default: '',
    description: 'Who may publish, by name, with the SHA-256 of the key: JSON, or the path of a JSON file',
  }),
  TOKEN_AUDIENCE: Type.String({
    default: '',
    description: 'Audience of Google identity tokens; empty: none is taken',
  }),
  TOKEN_EMAILS: Type.String({
    default: '',
    description: 'Whose identity tokens are taken: e-mail addresses, with commas between them',
  }),
  CORS_ORIGINS: Type.String({
    default: '',
    description:
      'Sites whose pages may call, with commas between them: https://shop.example; *: every site; empty: none',
  }),
  REQUESTS_PER_MINUTE: Type.Integer({
    default: 60_000,
    minimum: 1,
    description: 'Requests a minute of each caller; a key may name another number',
  }),
  BYTES_PER_MINUTE: Type.Integer({
    default: 1 << 30,
    minimum: 1,
    description:
      'Bytes a minute of each caller, unpacked, and 1,000 more for each event; a key may name another number',
  }),
  MAX_BODY_BYTES: Type.Integer({
    default: 10 << 20,
    minimum: 1024,
    maximum: 100 << 20,
    description: 'Bytes of the largest body, unpacked',
  }),
  MAX_HELD_BYTES: Type.Integer({
    default: 128 << 20,
    minimum: 10 << 20,
    description:
      'Bytes of bodies, and of answers until they are read, held at a time; one caller has at most as many as are left for others',
  }),
  MAX_REQUESTS: Type.Integer({
    default: 500,
    minimum: 4,
    description:
      'Requests under way at a time; one caller has at most a quarter, and as many as are left for others',
  }),
  PORT: portVariable(8083),
})

export type Config = Readonly<Static<typeof variables>>

/** The addresses of a list with commas; none where it is empty. */
export function emailsOf(list: string): ReadonlySet<string> {
  return new Set(
    list
      .split(',')
      .map((email) => email.trim())
      .filter((email) => email !== ''),
  )
}

export function readConfig(env = process.env): Config {
  return loadConfig(variables, env)
}
