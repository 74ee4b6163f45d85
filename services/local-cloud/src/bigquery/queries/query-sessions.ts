import { randomBytes } from 'node:crypto'
import type { Catalog } from '../catalog/catalog.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import type { QuerySpec } from './query-spec.ts'
import { ScriptState } from '../scripts/script-state.ts'
import type { Store } from '../store/store.ts'
import { TemporaryTables } from '../scripts/temporary-tables.ts'
import { Turns } from '../turns.ts'

/** Queries that share temporary tables, variables, functions and a transaction. */
export interface QuerySession {
  readonly id: string
  readonly projectId: string
  readonly state: ScriptState
  /** When its last query began, milliseconds since 1970. */
  usedAt: number
}

// docs: introduction to sessions, "a session terminates automatically after 24 hours of inactivity"
const LIFE_MS = 24 * 3_600_000
const SWEEP_MS = 60_000

/** The session of a query that is in one, as its connection properties name it. @throws BigQueryError for other properties */
export function sessionIdOf({ connectionProperties = [] }: QuerySpec): string | undefined {
  const other = connectionProperties.find(({ key }) => key !== 'session_id')
  if (other) throw notImplemented(`the connection property ${other.key}`)
  return connectionProperties[0]?.value
}

/** Sessions of queries. They end with the process. */
export class QuerySessions {
  readonly #parts: { readonly catalog: Catalog; readonly store: Store; readonly now: () => number }
  readonly #sessions = new Map<string, QuerySession>()
  /** Queries of one session run one after another. */
  readonly #turns = new Turns()
  #sweep: NodeJS.Timeout | undefined

  constructor(parts: { readonly catalog: Catalog; readonly store: Store; readonly now: () => number }) {
    this.#parts = parts
  }

  create(projectId: string, location: string | undefined): QuerySession {
    const { catalog, store, now } = this.#parts
    const state = new ScriptState(store, new TemporaryTables(catalog, projectId, location))
    const session = { id: randomBytes(36).toString('base64url'), projectId, state, usedAt: now() }
    this.#sessions.set(session.id, session)
    this.#sweep ??= setInterval(() => void this.sweep().catch(() => {}), SWEEP_MS).unref()
    return session
  }

  /** @throws BigQueryError where there is none of this name in the project */
  get(projectId: string, id: string): QuerySession {
    const session = this.#sessions.get(id)
    if (session?.projectId !== projectId)
      throw new BigQueryError('invalid', `Not found: Session ${id} in project ${projectId}, or it has ended`)
    session.usedAt = this.#parts.now()
    return session
  }

  /** Does something when it is its turn. */
  take<T>({ id }: QuerySession, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(id, work)
  }

  /** Nobody can ask for it any more; what was not committed is taken back. */
  async end(session: QuerySession): Promise<void> {
    if (!this.#sessions.delete(session.id)) return
    await session.state.end()
    if (this.#sessions.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  /** Ends those that nobody has used for a day. */
  async sweep(): Promise<void> {
    const oldest = this.#parts.now() - LIFE_MS
    for (const session of this.#sessions.values())
      if (session.usedAt < oldest) await this.take(session, () => this.end(session))
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await this.take(session, () => this.end(session))
  }
}
