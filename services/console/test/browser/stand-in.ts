import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Replay } from '../../page/api-types.ts'
import { PAGE_POLICY, pageFiles } from '../../src/page-files.ts'
import { event, result } from './recorded/event.ts'
import { flow } from './recorded/flow.ts'
import { deadLetter, deadLetters, judged, letter } from './recorded/letters.ts'
import { reconcile } from './recorded/reconcile.ts'
import { faults, generator, sent, session, types } from './recorded/send.ts'
import { columnFigures, columns, history, rows, table, tables } from './recorded/tables.ts'

const FOLDER = fileURLToPath(new URL('../../page', import.meta.url))

export interface StandIn {
  readonly url: string
  /** Requests that changed something, as `POST /api/send`, with their bodies. */
  readonly changes: { readonly what: string; readonly body: unknown }[]
  /** What each answer goes through before it is sent. */
  through: (answer: unknown) => unknown
  /** Answers of these paths, and of those that begin so and go on with a number, are 503. */
  readonly broken: Set<string>
  /** While it does, no replay begins: the window in which it can be undone is as long as a test needs. */
  waits: boolean
  /** From now on it has another token, as a console that was started anew. */
  restart(): void
  close(): Promise<void>
}

/** Serves the page as the console does, and recorded answers in place of a pipeline. */
export async function startStandIn(): Promise<StandIn> {
  const files = pageFiles(FOLDER)
  const changes: StandIn['changes'] = []
  const broken = new Set<string>()
  const state: State = { replays: new Map(), waits: () => standIn.waits }
  let { token } = session
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const file = files.get(url.pathname)
    response.setHeader('content-security-policy', PAGE_POLICY)
    if (file !== undefined) response.setHeader('content-type', file.type).end(file.body)
    else if (url.pathname === '/api/flow/stream') stream(response)
    else void serve(request, response, url)
  })
  async function serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body: unknown = pieces.length > 0 ? JSON.parse(Buffer.concat(pieces).toString()) : undefined
    const what = `${request.method} ${url.pathname}`
    const given = request.headers['x-console-token']
    if (given !== undefined && given !== token) {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ statusCode: 403, code: 'NO_TOKEN', message: 'another token' }))
      return
    }
    if (given === token) changes.push({ what, body })
    const isBroken = broken.has(url.pathname) || broken.has(url.pathname.replace(/\d+$/, ''))
    const known = what === 'GET /api/session' ? { ...session, token } : answerTo(what, body, url, state)
    const answer = isBroken ? undefined : known
    const [status, told] =
      answer === undefined
        ? [
            isBroken ? 503 : 404,
            { statusCode: 404, code: 'NO_SUCH_EVENT', message: `nothing is known of ${url.pathname}` },
          ]
        : [200, standIn.through(answer)]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    broken,
    waits: false,
    restart: () => void (token += '-anew'),
    through: (answer) => answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return standIn
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(': open\n\n')
}

interface State {
  readonly replays: Map<string, Replay>
  readonly waits: () => boolean
}

const BY_PATH: Readonly<Record<string, unknown>> = {
  'GET /api/session': session,
  'GET /api/flow': flow,
  'GET /api/tables': tables,
  'GET /api/types': types,
  'GET /api/generator': generator,
  'GET /api/faults': faults,
  'PUT /api/faults': faults,
  'GET /api/columns': columns,
  'GET /api/reconcile': reconcile,
  'POST /api/events/find': event,
  'POST /api/sql': result,
  'POST /api/send': sent,
  'POST /api/generator/start': {},
  'POST /api/dead-letters/replay/preview': {
    letters: 2,
    groups: [{ reason: 'contract', event_type: 'order', letters: 2 }],
    examples: [letter],
  },
}

const BY_PATTERN: readonly (readonly [RegExp, unknown])[] = [
  [/^GET \/api\/events\/(1001|771|773)$/, event],
  [/^GET \/api\/tables\/[^/]+\/history$/, history],
  [/^GET \/api\/tables\/[^/]+\/columns$/, columnFigures],
  [/^GET \/api\/tables\/[^/]+\/rows$/, rows],
  [/^GET \/api\/tables\/[^/]+$/, table],
  [/^GET \/api\/dead-letters\/\d+$/, deadLetter],
]

function answerTo(what: string, body: unknown, url: URL, { replays, waits }: State): unknown {
  if (what === 'GET /api/dead-letters') {
    const reasons = url.searchParams.getAll('reason')
    const letters = deadLetters.letters.filter(
      ({ reason }) => reasons.length === 0 || reasons.includes(reason),
    )
    return { ...deadLetters, letters, total: letters.length }
  }
  // it was published longer ago than is looked for by itself
  if (what === 'GET /api/events/old') return url.searchParams.has('since') ? event : undefined
  if (what === 'POST /api/judge') return judged((body as { text: string }).text)
  if (what === 'POST /api/dead-letters/replay') return begun(replays, body as { undo_seconds: number })
  const [, method, id] = /^(GET|DELETE) \/api\/dead-letters\/replay\/(\w+)$/.exec(what) ?? []
  if (id !== undefined) return followed(replays, id, method === 'DELETE', waits())
  return BY_PATH[what] ?? BY_PATTERN.find(([pattern]) => pattern.test(what))?.[1]
}

function begun(replays: State['replays'], { undo_seconds: seconds }: { undo_seconds: number }): Replay {
  const replay: Replay = {
    replay_id: `r${replays.size + 1}`,
    state: 'waiting',
    starts_at: new Date(Date.now() + seconds * 1000).toISOString(),
    letters: 1,
    replayed: 0,
    failed: [],
  }
  replays.set(replay.replay_id, replay)
  return replay
}

/** The window is long for a test: it is over at the first look, unless replays wait. */
function followed(
  replays: State['replays'],
  id: string,
  isUndone: boolean,
  waits: boolean,
): Replay | undefined {
  const replay = replays.get(id)
  if (replay === undefined) return undefined
  if (isUndone) replays.set(id, { ...replay, state: 'cancelled' })
  else if (replay.state === 'waiting' && !waits)
    replays.set(id, { ...replay, state: 'done', replayed: 1, message_id: '773' })
  return replay.state === 'cancelled' ? replay : replays.get(id)
}
