import { StorageError } from './errors.ts'

// docs.cloud.google.com/storage/docs/tags-and-labels: letters that are not upper case, digits, "_" and "-"
const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u
const MOST = 64

/** @throws StorageError that names the label and the rule */
export function checkLabels(labels: object): object {
  const entries = Object.entries(labels)
  if (entries.length > MOST)
    throw new StorageError('invalid', `A bucket has ${entries.length} labels; ${MOST} is the limit.`)
  for (const [key, value] of entries) {
    if (!KEY.test(key)) throw wrong('key', key)
    if (typeof value !== 'string' || !VALUE.test(value)) throw wrong(`value of the label ${key}`, value)
  }
  return labels
}

function wrong(what: string, text: unknown): StorageError {
  const rule = 'lower-case letters, digits, "_" and "-", 63 at most, and a key begins with a letter'
  return new StorageError('invalid', `Invalid label ${what}: "${String(text)}" (${rule})`)
}
