import { BigQueryError } from '../errors.ts'

// docs: labels introduction, "requirements for labels"
const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u
const MOST_LABELS = 64

/** The labels that `@@query_label` names. @param text `key:value,key:value` @throws BigQueryError invalidQuery */
export function labelsOf(text: string): Readonly<Record<string, string>> {
  const labels = new Map<string, string>()
  for (const part of text.split(',')) {
    const [key = '', value, ...more] = part.split(':')
    if (value === undefined || more.length > 0) throw invalid(text, `"${part}" is not key:value`)
    if (!KEY.test(key)) throw invalid(text, `"${key}" is no key of a label`)
    if (!VALUE.test(value)) throw invalid(text, `"${value}" is no value of a label`)
    if (labels.has(key)) throw invalid(text, `the key "${key}" comes twice`)
    labels.set(key, value)
  }
  if (labels.size > MOST_LABELS) throw invalid(text, `a job has ${MOST_LABELS} labels at most`)
  return Object.fromEntries(labels)
}

const invalid = (text: string, why: string): BigQueryError =>
  new BigQueryError('invalidQuery', `Invalid value for @@query_label: "${text}": ${why}`)
