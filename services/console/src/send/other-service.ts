import createError from '@fastify/error'

/** Asks another service over HTTP. */
export type AskService = (url: string, init?: RequestInit) => Promise<Response>

const NoAnswer = createError<[string, string, { cause: Error }]>('NO_ANSWER', '%s does not answer: %s', 502)

const LONGEST_MS = 30_000

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** @throws NoAnswer */
export async function askFor(
  ask: AskService,
  service: string,
  url: string,
  init: RequestInit = {},
): Promise<Answer> {
  try {
    const response = await ask(url, { ...init, signal: AbortSignal.timeout(LONGEST_MS) })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
  } catch (error) {
    throw new NoAnswer(service, (error as Error).message, { cause: error as Error })
  }
}

export function jsonBody(
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  return { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
