import {
  identityOf,
  isArray,
  isObject,
  pointer,
  type Column,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'

/** A column that a table gets, or that may be without a value from now on. RECORDs are added by their fields. */
export interface Addition {
  /** `add address.floor INT64 NULLABLE`: the same for each event that asks for it. */
  readonly key: string
  /** Where its values are in an event: the identities of their keys. */
  readonly at: readonly string[]
}

export interface Taken {
  readonly columns: readonly Column[]
  /** Paths by column names; a new RECORD is one. */
  readonly added: readonly string[]
  readonly relaxed: readonly string[]
}

/** The columns before, with those of the additions that lead from there to the columns after which are wanted. */
export function takeAdditions(
  before: readonly Column[],
  after: readonly Column[],
  isWanted: (addition: Addition) => boolean,
): Taken {
  const taken = { added: [], relaxed: [] }
  return { ...taken, columns: columnsOf(before, after, { path: '', at: [], isNew: false }, isWanted, taken) }
}

/** All of them. */
export function additionsOf(before: readonly Column[], after: readonly Column[]): readonly Addition[] {
  const all: Addition[] = []
  if (before !== after) takeAdditions(before, after, (addition) => all.push(addition) > 0)
  return all
}

interface Place {
  readonly path: string
  readonly at: readonly string[]
  /** Inside a RECORD that is added itself. */
  readonly isNew: boolean
}

type Lists = { readonly added: string[]; readonly relaxed: string[] }

function columnsOf(
  before: readonly Column[],
  after: readonly Column[],
  { path, at, isNew }: Place,
  isWanted: (addition: Addition) => boolean,
  lists: Lists,
): readonly Column[] {
  // nearly all columns of a wide table are as they were, and new ones come last: this is asked for each event that waits
  let same = 0
  while (same < after.length && before[same] === after[same]) same++
  const known = new Map(before.slice(same).map((each) => [each.name, each]))
  const changed = after.slice(same).flatMap((column): readonly Column[] => {
    const old = known.get(column.name)
    if (old === column) return [column]
    const inside = { path: path === '' ? column.name : `${path}.${column.name}`, at: [...at, column.key] }
    const { type, mode, fields } = column
    const within = { ...inside, isNew: isNew || old === undefined }
    const inner = fields && columnsOf(old?.fields ?? [], fields, within, isWanted, lists)
    if (old) {
      const key = `relax ${inside.path}`
      const isRelaxed = old.mode !== mode && isWanted({ key, at: inside.at })
      if (isRelaxed) lists.relaxed.push(inside.path)
      return [{ ...column, mode: isRelaxed ? mode : old.mode, ...(inner && { fields: inner }) }]
    }
    const isAdded = inner
      ? inner.length > 0
      : isWanted({ key: `add ${inside.path} ${type} ${mode}`, at: inside.at })
    if (isAdded && !isNew) lists.added.push(inside.path)
    return isAdded ? [inner ? { ...column, fields: inner } : column] : []
  })
  return [...after.slice(0, same), ...changed]
}

/** The first value of an event that an addition is for: its JSON pointer, and what stands there. */
export function valueAt(
  event: JsonValue | JsonObject,
  at: readonly string[],
  path = '',
): { readonly path: string; readonly value: JsonValue } | undefined {
  const [identity, ...inside] = at
  if (identity === undefined) return { path, value: event }
  if (isArray(event)) {
    for (const [index, element] of event.entries()) {
      const found = valueAt(element, at, pointer(path, index))
      if (found) return found
    }
    return undefined
  }
  if (!isObject(event)) return undefined
  const key = Object.keys(event).find((each) => identityOf(each) === identity)
  return key === undefined ? undefined : valueAt(event[key]!, inside, pointer(path, key))
}
