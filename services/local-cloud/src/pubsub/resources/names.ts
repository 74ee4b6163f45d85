import { GoogleError } from '../../google-error.ts'

const ID = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/

/** Checks `projects/P/topics/T`, and the like. @throws GoogleError in Google's words */
export function checkName(kind: 'topics' | 'subscriptions' | 'snapshots' | 'schemas', name: string): string {
  const [projects, project, collection, id, ...rest] = name.split('/')
  const wellFormed = projects === 'projects' && project && collection === kind && rest.length === 0
  if (!wellFormed || !ID.test(id ?? '') || /^goog/i.test(id ?? '')) {
    throw new GoogleError('INVALID_ARGUMENT', `Invalid [${kind}] name: (name=${name})`)
  }
  return name
}

export function projectOf(name: string): string {
  return name.split('/')[1] ?? ''
}

export function idOf(name: string): string {
  return name.split('/').at(-1) ?? ''
}
