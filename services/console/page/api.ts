import type { Session } from './api-types.ts'

/** What the console answers where it cannot do what is asked: `message` is a sentence for a person. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
  }
}

let asked: Promise<Session> | undefined

/** Who we talk to, and what may be done here. It is asked once; again after a failure. */
export function session(): Promise<Session> {
  asked ??= get<Session>('session').catch((error: unknown) => {
    asked = undefined
    throw error
  })
  return asked
}

/** @param path below /api, its parts encoded: see `at` */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>(path, signal === undefined ? {} : { signal })
}

/** Asks with a body, and changes nothing. */
export function ask<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { ...withBody('POST', body), ...(signal && { signal }) })
}

/** Changes something: the token of this page goes along, which no other site can read. */
export async function change<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown = {},
): Promise<T> {
  const { token } = await session()
  try {
    return await changeWith<T>(token, method, path, body)
  } catch (error) {
    if (!(error instanceof ApiProblem && error.code === 'NO_TOKEN')) throw error
    // the console was started anew, and has another token: nothing was done, so that it may be asked again, once
    asked = undefined
    return changeWith<T>((await session()).token, method, path, body)
  }
}

function changeWith<T>(token: string, method: string, path: string, body: unknown): Promise<T> {
  const request = withBody(method, body)
  return call<T>(path, { ...request, headers: { ...request.headers, 'x-console-token': token } })
}

/** A path of encoded parts, and a query. Arrays give their name once for each value; undefined gives nothing, '' is a value. */
export function at(parts: readonly string[], query: Readonly<Record<string, QueryValue>> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? (value as readonly string[]) : [value]
    for (const each of values) if (each !== undefined) search.append(name, String(each))
  }
  const text = search.toString()
  return parts.map(encodeURIComponent).join('/') + (text === '' ? '' : `?${text}`)
}

type QueryValue = string | number | boolean | undefined | readonly string[]

function withBody(method: string, body: unknown) {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(`/api/${path}`, { ...init, credentials: 'same-origin' })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiProblem(0, 'NO_ANSWER', 'The console does not answer. Does it still run?', { cause: error })
  }
  const text = await answer.text()
  if (answer.ok) return (text === '' ? undefined : JSON.parse(text)) as T
  throw problemOf(answer, text, path)
}

function problemOf({ status }: Response, text: string, path: string): ApiProblem {
  try {
    const { code = 'ERROR', message = text } = JSON.parse(text) as { code?: string; message?: string }
    return new ApiProblem(status, code, message)
  } catch {
    // no answer of ours: a proxy's page, say
    return new ApiProblem(status, 'ERROR', `/api/${path.split('?')[0]} answered ${status}`)
  }
}
