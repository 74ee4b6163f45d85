import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { Faults } from '../api/send.ts'
import { askFor, jsonBody, type Answer, type AskService } from './other-service.ts'

const NoFaults = createError('NO_FAULTS', 'there are no faults to inject here: FAULTS_URL is not set', 404)

export interface FaultRouteOptions {
  /** Where a plan is put and told; empty: there are none. */
  readonly faultsUrl: string
  readonly ask: AskService
}

/** Faults that are injected on purpose, where the cloud is one that can. */
export const faultRoutes: FastifyPluginCallbackTypebox<FaultRouteOptions> = (
  app,
  { faultsUrl, ask },
  done,
) => {
  app.get(
    '/api/faults',
    { schema: { summary: 'The plan of faults, and how often each happened', response: { 200: Faults } } },
    async (_request, reply) => answer(reply as FastifyReply, await asked()),
  )
  app.put(
    '/api/faults',
    {
      config: { changes: 'faults' },
      schema: {
        summary: 'Sets the plan of faults; without rules there are none',
        body: Type.Object({
          seed: Type.Optional(Type.Integer()),
          rules: Type.Array(Type.Unsafe<Record<string, unknown>>({ type: 'object' })),
        }),
        response: { 200: Faults },
      },
    },
    async ({ body }, reply) =>
      answer(
        reply as FastifyReply,
        await asked(body.rules.length === 0 ? { method: 'DELETE' } : jsonBody('PUT', body)),
      ),
  )
  done()

  /** @throws NoFaults, NoAnswer */
  function asked(init?: RequestInit): Promise<Answer> {
    if (faultsUrl === '') throw new NoFaults()
    return askFor(ask, 'what injects faults', faultsUrl, init)
  }
}

interface Told {
  readonly plan: Faults['plan'] | null
  readonly injected: readonly { readonly on: string; readonly do: string; readonly injected: number }[]
  readonly points: Faults['points']
}

function answer(reply: FastifyReply, { status, body }: Answer): Faults | never {
  if (status === 200) {
    const { plan, injected, points } = body as Told
    return { plan: plan ?? { rules: [] }, injected: countsOf(injected), points }
  }
  const message = (body as { error?: { message?: string } } | undefined)?.error?.message ?? `status ${status}`
  return reply
    .code(status)
    .send({ statusCode: status, code: 'FAULTS', error: 'Bad Request', message }) as never
}

/** By where and what: two rules may do the same. */
function countsOf(struck: Told['injected']): Faults['injected'] {
  const counts: Faults['injected'] = {}
  for (const { on, do: what, injected } of struck) {
    const name = `${on} ${what}`
    counts[name] = (counts[name] ?? 0) + injected
  }
  return counts
}
