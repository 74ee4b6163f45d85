import type { FastifyInstance } from 'fastify'
import { GoogleError } from '../google-error.ts'
import { SERVICES, type CallFilter, type CallJournal } from './call-journal.ts'

const FILTERS = ['service', 'method', 'resource', 'status', 'after', 'limit'] as const
const LIMIT = 1000

/** `GET /journal` tells the calls that were, `DELETE /journal` forgets them. */
export function addJournalRest(app: FastifyInstance, journal: CallJournal): void {
  app.get('/journal', ({ query }) => {
    const calls = journal.find(filterOf(query as Record<string, string>))
    return { calls, count: journal.count }
  })
  app.delete('/journal', () => {
    journal.clear()
    return { calls: [], count: journal.count }
  })
}

/** @throws GoogleError that names the parameter, the rule and the value */
function filterOf(query: Readonly<Record<string, string>>): CallFilter {
  const unknown = Object.keys(query).find((name) => !(FILTERS as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `There is no filter "${unknown}": they are ${FILTERS.join(', ')}.`,
    )
  const { service, after, limit, ...texts } = query
  if (service !== undefined && !(SERVICES as readonly string[]).includes(service))
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `service is one of ${SERVICES.join(', ')}, but is "${service}".`,
    )
  return {
    ...texts,
    ...(service !== undefined && { service }),
    after: numberOf('after', after ?? '0'),
    limit: numberOf('limit', limit ?? String(LIMIT)),
  }
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new GoogleError('INVALID_ARGUMENT', `${name} is a whole number from 0, but is "${text}".`)
}
