import { StorageError } from './errors.ts'

/** What of an answer is wanted: of each field the fields in it; none of these: all of it. */
export interface FieldMask {
  readonly [field: string]: FieldMask
}

/**
 * Reads the parameter `fields`: `items(name,metadata/color),nextPageToken`; `*` is every field (docs: JSON API, partial responses).
 *
 * @throws StorageError that names the place
 */
export function readFieldMask(text: string): FieldMask {
  let at = 0
  const fail = (): never => {
    throw new StorageError('invalidParameter', `Invalid field selection ${text.slice(at) || text}`, {
      location: 'fields',
    })
  }
  const list = (): FieldMask => {
    const mask: Record<string, FieldMask> = {}
    do {
      const [name = fail()] = /^\s*[\w*-]+/.exec(text.slice(at)) ?? []
      at += name.length
      const inner = text[at] === '/' ? (at++, one()) : text[at] === '(' ? brackets() : {}
      add(mask, name.trim(), inner)
    } while (text[at] === ',' && ++at)
    return mask
  }
  /** One path, as it stands behind a slash. */
  const one = (): FieldMask => {
    const [name = fail()] = /^[\w*-]+/.exec(text.slice(at)) ?? []
    at += name.length
    return { [name]: text[at] === '/' ? (at++, one()) : text[at] === '(' ? brackets() : {} }
  }
  const brackets = (): FieldMask => {
    at++
    const inner = list()
    if (text[at] !== ')') fail()
    at++
    return inner
  }
  const mask = list()
  return at === text.length ? mask : fail()
}

/** What either of two wants: `items/metadata/a,items/metadata/b` names two fields of one. */
function both(one: FieldMask, other: FieldMask): FieldMask {
  if (Object.keys(one).length === 0 || Object.keys(other).length === 0) return {}
  const all: Record<string, FieldMask> = { ...one }
  for (const [field, inner] of Object.entries(other)) add(all, field, inner)
  return all
}

function add(mask: Record<string, FieldMask>, field: string, inner: FieldMask): void {
  const before = mask[field]
  mask[field] = before ? both(before, inner) : inner
}

/** The part of a value that a mask wants. */
export function masked(value: unknown, mask: FieldMask): unknown {
  if (Object.keys(mask).length === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => masked(item, mask))
  const entries = Object.entries(value).flatMap(([field, inner]) => {
    const wanted = Object.hasOwn(mask, field) ? mask[field] : mask['*']
    return wanted === undefined ? [] : [[field, masked(inner, wanted)] as const]
  })
  return Object.fromEntries(entries)
}
