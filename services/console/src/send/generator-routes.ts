import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { Generator, Task } from '../api/send.ts'
import type { Credentials } from './credentials.ts'
import { askFor, jsonBody, type Answer, type AskService } from './other-service.ts'

const NoGenerator = createError(
  'NO_GENERATOR',
  'this console knows no event-generator: GENERATOR_URL is not set',
  503,
)

export interface GeneratorRouteOptions {
  /** Of event-generator; empty: there is none. */
  readonly generatorUrl: string
  /** What lets a request through to it. */
  readonly credentials: Credentials
  readonly ask: AskService
}

const Stopped = Type.Object({ stopped: Type.Array(Task) })
const AnyBody = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  description: 'As event-generator takes it: its /docs',
})

/** event-generator's tasks: its own API, its own answers. */
export const generatorRoutes: FastifyPluginCallbackTypebox<GeneratorRouteOptions> = (app, options, done) => {
  const { generatorUrl, credentials, ask } = options
  const changes = { config: { changes: 'send' as const } }

  app.get(
    '/api/generator',
    { schema: { summary: 'Tasks and scenarios of event-generator', response: { 200: Generator } } },
    async (_request, reply) => {
      const [status, scenarios, kinds] = await Promise.all(
        ['/generate/status', '/scenarios', '/kinds'].map((path) => asked(path)),
      )
      const bad = [status, scenarios, kinds].find((answer) => answer!.status !== 200)
      if (bad) return pass(reply, bad)
      return {
        ...(status!.body as Pick<Generator, 'tasks'>),
        ...(scenarios!.body as Pick<Generator, 'scenarios'>),
        ...(kinds!.body as Pick<Generator, 'event_types' | 'troubles'>),
      }
    },
  )
  app.post(
    '/api/generator/start',
    { ...changes, schema: { summary: 'Starts to publish events at a rate', body: AnyBody } },
    async ({ body }, reply) =>
      pass(reply as FastifyReply, await asked('/generate/start', jsonBody('POST', body))),
  )
  app.post(
    '/api/generator/scenarios/:name/start',
    { ...changes, schema: { summary: 'Starts a scenario', params: Type.Object({ name: Type.String() }) } },
    async ({ params: { name } }, reply) =>
      pass(
        reply as FastifyReply,
        await asked(`/scenarios/${encodeURIComponent(name)}/start`, { method: 'POST' }),
      ),
  )
  app.post(
    '/api/generator/stop',
    {
      ...changes,
      schema: {
        summary: 'Stops a task, or all of them',
        body: Type.Optional(Type.Object({ task_id: Type.Optional(Type.String()) })),
        response: { 200: Stopped },
      },
    },
    async ({ body }, reply) => {
      const id = body?.task_id
      if (id === undefined) return pass(reply, await asked('/generate/stop', { method: 'DELETE' }))
      const answer = await asked(`/generate/stop/${encodeURIComponent(id)}`, { method: 'DELETE' })
      return answer.status === 200 ? { stopped: [answer.body as Task] } : pass(reply, answer)
    },
  )
  app.post(
    '/api/generator/publish',
    {
      ...changes,
      schema: {
        summary: 'Publishes some generated events at once',
        body: Type.Object({
          event_type: Type.String(),
          count: Type.Integer({ default: 1, minimum: 1, maximum: 10_000 }),
        }),
      },
    },
    async ({ body: { event_type: type, count } }, reply) =>
      pass(
        reply as FastifyReply,
        await asked(`/generate/${encodeURIComponent(type)}?count=${count}`, { method: 'POST' }),
      ),
  )
  done()

  /** @throws NoGenerator, NoAnswer */
  async function asked(path: string, { headers, ...init }: RequestInit = {}): Promise<Answer> {
    if (generatorUrl === '') throw new NoGenerator()
    const all = { ...(headers as Record<string, string>), ...(await credentials()) }
    return askFor(ask, 'event-generator', generatorUrl + path, { ...init, headers: all })
  }
}

function pass(reply: FastifyReply, { status, body }: Answer): never {
  return reply.code(status).send(body) as never
}
