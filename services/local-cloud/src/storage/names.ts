import { StorageError } from './errors.ts'

// cloud.google.com/storage/docs/buckets#naming and docs/objects#naming
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/
const OBJECT_BYTES = 1024

/** @throws StorageError that names the rule */
export function checkBucketName(name: unknown): string {
  const fits =
    typeof name === 'string' &&
    BUCKET.test(name) &&
    name.split('.').every((part) => part.length >= 1 && part.length <= 63) &&
    !ADDRESS.test(name) &&
    !name.startsWith('goog') &&
    !/g[o0][o0]gle/.test(name)
  if (fits) return name
  throw new StorageError('invalid', `Invalid bucket name: '${String(name)}'`)
}

/** @throws StorageError that names the rule */
export function checkObjectName(name: unknown): string {
  if (typeof name !== 'string' || name === '') throw new StorageError('required', 'Required')
  const bytes = Buffer.byteLength(name)
  if (bytes > OBJECT_BYTES)
    throw new StorageError(
      'invalid',
      `The maximum object length is ${OBJECT_BYTES} characters, but got a name with ${bytes} characters: ''${name.slice(0, 30)}...''`,
    )
  const isWrong =
    /[\r\n]/.test(name) || name === '.' || name === '..' || name.startsWith('.well-known/acme-challenge/')
  if (isWrong || !name.isWellFormed()) throw new StorageError('invalid', `Disallowed object name: ${name}`)
  return name
}

/** In the order of their UTF-8 bytes, as lists are. UTF-16 has another one beyond the basic plane. */
export function byBytes(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left === right) continue
    // halves of pairs stand for what is larger than every other unit
    const isPair = (unit: number) => unit >= 0xd800 && unit <= 0xdfff
    if (isPair(left) !== isPair(right)) return isPair(left) ? 1 : -1
    return left - right
  }
  return a.length - b.length
}
