import type { FastifyInstance } from 'fastify'
import { GoogleError } from '../google-error.ts'
import type { Clock } from './clock.ts'

/** The latest time that a TIMESTAMP of BigQuery holds. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * `GET /local-cloud/clock` tells the time, `PUT` sets it (`{"now": "2030-01-01T00:00:00Z"}`), `POST …/clock:advance` moves it
 * (`{"ms": 86400000}`), and `DELETE` makes it that of the machine again.
 *
 * @param moved called when the time is another
 */
export function addClockRest(app: FastifyInstance, clock: Clock, moved: () => Promise<void>): void {
  const told = () => ({ now: new Date(clock.now()).toISOString(), offsetMs: clock.offsetMs })
  const after = async (move: () => void) => {
    move()
    await moved()
    return told()
  }
  app.get('/local-cloud/clock', told)
  app.put('/local-cloud/clock', ({ body }) => {
    const { now } = only(body, 'now')
    const time = typeof now === 'string' ? Date.parse(now) : Number.NaN
    if (!(time >= 0 && time <= LATEST_MS)) throw invalid('now is a time from 1970 to 9999 in ISO 8601', now)
    return after(() => clock.set(time))
  })
  app.post('/local-cloud/clock::advance', ({ body }) => {
    const { ms } = only(body, 'ms')
    if (typeof ms !== 'number' || !(ms >= 0 && clock.now() + ms <= LATEST_MS))
      throw invalid('ms is a number of milliseconds from 0, to 9999 at most', ms)
    return after(() => clock.advance(ms))
  })
  app.delete('/local-cloud/clock', () => after(() => clock.clear()))
}

/** @throws GoogleError where the body has another field */
function only(body: unknown, field: string): Record<string, unknown> {
  const other = Object.keys(body ?? {}).find((key) => key !== field)
  if (other !== undefined) throw invalid(`a body with ${field} alone`, { [other]: '…' })
  return (body ?? {}) as Record<string, unknown>
}

function invalid(rule: string, value: unknown): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `Wanted: ${rule}; but it is ${JSON.stringify(value)}.`)
}
