import { BigQueryError } from '../errors.ts'
import type { Dataset } from '../catalog/datasets.ts'
import type { Job } from '../jobs/running-job.ts'

type Query = Readonly<Record<string, string | undefined>>

/** Where nobody says how many. */
const PAGE = 1000

/** The part of a list that a request asks for. @throws BigQueryError for numbers that are none */
export function pageOfList<T>(
  items: readonly T[],
  { maxResults, pageToken }: Query,
): { readonly page: readonly T[]; readonly next: { readonly nextPageToken?: string } } {
  const start = wholeNumber('pageToken', pageToken) ?? 0
  const size = wholeNumber('maxResults', maxResults) ?? PAGE
  const end = start + (size === 0 ? PAGE : size)
  return { page: items.slice(start, end), next: end < items.length ? { nextPageToken: String(end) } : {} }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new BigQueryError('invalid', `Invalid value for ${name}: ${text}`)
}

/** `labels.key`, `labels.key:value`, several with white space between them. @throws BigQueryError for anything else */
export function byLabels(filter: string | undefined): (dataset: Pick<Dataset, 'labels'>) => boolean {
  const terms = (filter ?? '').split(/\s+/).filter((term) => term !== '' && term !== 'AND')
  const wanted = terms.map((term) => {
    const [, key, value] = /^labels\.([^:]+)(?::(.*))?$/.exec(term) ?? []
    if (key === undefined) throw new BigQueryError('invalid', `Invalid filter: ${filter}`)
    return { key, value: value === '*' ? undefined : value }
  })
  return ({ labels }) =>
    wanted.every(({ key, value }) => key in labels && (value === undefined || labels[key] === value))
}

/** jobs.list's stateFilter, minCreationTime, maxCreationTime. */
export function byJobFilter(
  { minCreationTime, maxCreationTime }: Query,
  states: readonly string[],
): (job: Job) => boolean {
  const from = wholeNumber13('minCreationTime', minCreationTime) ?? 0
  const to = wholeNumber13('maxCreationTime', maxCreationTime) ?? Infinity
  const wanted = new Set(states.map((state) => state.toLowerCase()))
  return ({ startTime, outcome }) =>
    (wanted.size === 0 || wanted.has(outcome ? 'done' : 'running')) && startTime >= from && startTime <= to
}

function wholeNumber13(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new BigQueryError('invalid', `Invalid value for ${name}: ${text}`)
}
