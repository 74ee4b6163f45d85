import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildApp, type AppOptions, type ConsoleSettings } from '../src/app.ts'
import type { RawAnswer, Warehouse } from '../src/bigquery/warehouse.ts'

const NO_ROWS: RawAnswer = { fields: [], rows: [], totalRows: 0, bytesRead: 0 }

/** A warehouse that tells what was asked of it, and answers by a word of the SQL. */
export function fakeWarehouse(answers: Readonly<Record<string, RawAnswer>> = {}): {
  asked: string[]
  warehouse: Warehouse
} {
  const asked: string[] = []
  const answer = (sql: string): RawAnswer => {
    asked.push(sql)
    return Object.entries(answers).find(([word]) => sql.includes(word))?.[1] ?? NO_ROWS
  }
  return {
    asked,
    warehouse: {
      query: async ({ sql }) => answer(sql),
      async *pages({ sql }) {
        yield answer(sql)
      },
      statementType: async (sql) => sql.split(' ')[0]!,
      table: async () => undefined,
    },
  }
}

const SETTINGS: ConsoleSettings = {
  projectId: 'p',
  environment: 'dev',
  dataset: 'd',
  metrics: [],
  gatewayUrl: 'http://gateway',
  gatewayKey: 'k',
  generatorUrl: 'http://generator',
  faultsUrl: 'http://faults',
  mayReplay: true,
  maySend: true,
  mayQuery: true,
  hosts: [],
  sinceHours: 24,
  ledgerSeconds: 1,
}

export interface Built {
  readonly app: FastifyInstance
  /** What was asked of other services: method and address. */
  readonly calls: string[]
  /** What was replayed. */
  readonly replayed: object[]
}

export async function build(
  t: Test,
  options: Partial<Omit<AppOptions, 'settings'>> & { settings?: Partial<ConsoleSettings> } = {},
): Promise<Built> {
  const calls: string[] = []
  const replayed: object[] = []
  const { settings = {}, ...others } = options
  const app = await buildApp({
    logger: createLogger({ service: 'console', level: 'fatal' }),
    policies: parsePolicies(''),
    warehouse: fakeWarehouse().warehouse,
    readLedger: async () => ({
      accounts: [],
      missing: [],
      collisions: [],
      uncompared: [],
      bytesRead: 0,
      bytesBilled: 0,
    }),
    replayer: {
      count: async () => [{ reason: 'invalid_event', eventType: 'order', letters: 2 }],
      replay: async (filters, most) => {
        replayed.push({ filters, most })
        return { replayed: most, failed: [] }
      },
      replayMended: async (id, data) => {
        replayed.push({ id, data: data.toString() })
        return 'm-1'
      },
    },
    ask: async (url, init) => {
      calls.push(`${init?.method ?? 'GET'} ${url}`)
      return Response.json({ plan: null, injected: [], points: {} })
    },
    settings: { ...SETTINGS, ...settings },
    ...others,
  })
  t.teardown(() => app.close())
  return { app, calls, replayed }
}

/** The token, as the page gets it. */
export async function tokenOf(app: FastifyInstance): Promise<string> {
  const { token } = (await app.inject('/api/session')).json<{ token: string }>()
  return token
}
