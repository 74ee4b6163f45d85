import type { ColumnMode, ColumnType, Shape } from '../columns/column.ts'
import { joinTypes, MOST_RECORD_FIELDS } from './join-shapes.ts'
import { nameEntries } from './name-shapes.ts'

/**
 * A shape whose fields have no names yet: a name takes a look at all of its siblings, and an array may hold a hundred thousand objects,
 * each with a key that none before it has. So what all of them ask for is joined first, and named once.
 */
export interface WantedShape {
  readonly type: ColumnType
  readonly mode: ColumnMode
  /** Identities of keys, and what stands there: no identity is there twice. */
  readonly keys?: readonly string[]
  readonly inside?: readonly WantedShape[]
}

export const WANTS_JSON: WantedShape = Object.freeze({ type: 'JSON', mode: 'NULLABLE' })

export function named(wanted: WantedShape): Shape {
  const { type, mode, keys, inside } = wanted
  return keys && inside ? { type, mode, fields: nameEntries(keys, inside.map(named)) } : wanted
}

/** What `joinShapes` gives of one shape after the other, without the names. */
export class JoinedShapes {
  #shape: WantedShape
  /** By their keys, once two RECORDs that differ were joined. */
  #fields: Map<string, JoinedShapes> | undefined

  constructor(first: WantedShape) {
    this.#shape = first
  }

  add(other: WantedShape): void {
    const { type, mode } = this.#shape
    if (!this.#fields && isSame(this.#shape, other)) return
    if (type !== 'RECORD' || other.type !== 'RECORD' || mode !== other.mode) {
      const both = mode === other.mode ? joinTypes(type, other.type) : undefined
      this.#become(both ? { type: both, mode } : WANTS_JSON)
      return
    }
    const fields = (this.#fields ??= fieldsOf(this.#shape))
    other.keys!.forEach((key, place) => {
      const known = fields.get(key)
      if (known) known.add(other.inside![place]!)
      else fields.set(key, new JoinedShapes(other.inside![place]!))
    })
    if (fields.size > MOST_RECORD_FIELDS) this.#become(WANTS_JSON)
  }

  get shape(): WantedShape {
    if (!this.#fields) return this.#shape
    const { type, mode } = this.#shape
    const inside = Array.from(this.#fields.values(), ({ shape }) => shape)
    return { type, mode, keys: [...this.#fields.keys()], inside }
  }

  #become(shape: WantedShape): void {
    this.#shape = shape
    this.#fields = undefined
  }
}

function fieldsOf({ keys = [], inside = [] }: WantedShape): Map<string, JoinedShapes> {
  return new Map(keys.map((key, place) => [key, new JoinedShapes(inside[place]!)]))
}

/** Elements of an array mostly have the same keys, in the same order. */
function isSame(one: WantedShape, other: WantedShape): boolean {
  if (one === other) return true
  if (one.type !== other.type || one.mode !== other.mode) return false
  const { keys, inside } = one
  if (keys?.length !== other.keys?.length) return false
  return keys?.every((key, at) => key === other.keys![at] && isSame(inside![at]!, other.inside![at]!)) ?? true
}
