import type { FastifyInstance } from 'fastify'
import { unsupported } from '../../google-error.ts'
import { pageOf } from '../resources/page.ts'
import { readProtoJson, type Shape } from '../json/proto-json.ts'
import type { Caller } from '../subscriptions/pull.ts'

interface Named {
  Params: { project: string; id: string }
}

interface Call extends Caller {
  readonly query: Readonly<Record<string, string | undefined>>
}

/** The fields of the body, and what to do: with the resource's full name, the body in camelCase, and the call. */
type Method = readonly [
  shape: Shape,
  // oxlint-disable-next-line typescript/no-explicit-any -- each method reads a body of its own kind
  handle: (name: string, body: any, call: Call) => object | Promise<object>,
]

export type Methods = Readonly<Record<string, Method>>

/**
 * The methods of one collection by their verbs: '' is `GET /v1/projects/P/topics/T`, and `publish` is
 * `POST /v1/projects/P/topics/T:publish`. Those that are not here are refused by name.
 */
export function addMethods(
  app: FastifyInstance,
  http: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
  collection: string,
  methods: Methods,
): void {
  app.route<Named>({
    method: http,
    url: `/v1/projects/:project/${collection}/:id`,
    handler: ({ params, body, query }, reply) => {
      const [id, verb = ''] = params.id.split(':')
      const method = Object.hasOwn(methods, verb) ? methods[verb] : undefined
      if (!method) throw unsupported(`${collection}.${verb || http}`)
      const [shape, handle] = method
      return handle(`projects/${params.project}/${collection}/${id}`, readProtoJson(body, shape), {
        query: query as Call['query'],
        onGone: (listener) => reply.raw.once('close', listener),
      })
    },
  })
}

/** `GET /v1/projects/P/topics`, in pages. */
export function addList<T>(
  app: FastifyInstance,
  path: string,
  collection: string,
  list: (params: { project: string; id: string }, query: Call['query']) => readonly T[],
  nameOf: (item: T) => string,
  json: (item: T, query: Call['query']) => unknown,
): void {
  app.get(`/v1/projects/:project/${path}`, ({ params, query }) => {
    const asked = query as Call['query']
    const { items, ...next } = page(list(params as Named['Params'], asked), nameOf, asked)
    return { [collection]: items.map((item) => json(item, asked)), ...next }
  })
}

/** As proto3 JSON has it: what is empty is left out. */
export function page<T>(all: readonly T[], nameOf: (item: T) => string, query: Call['query']) {
  const { pageSize, pageToken } = query
  const asked = { ...(pageSize !== undefined && { pageSize: Number(pageSize) }), pageToken: pageToken ?? '' }
  const { items, nextPageToken } = pageOf(all, nameOf, asked)
  return { items, ...(nextPageToken !== '' && { nextPageToken }) }
}

/** The mask is in the body for gcloud, and in the query for others. */
export function maskOf(inBody: string | undefined, { query }: Pick<Call, 'query'>): string[] {
  const mask = inBody ?? query['updateMask']
  return mask ? mask.split(',') : []
}
