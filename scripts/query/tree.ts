import type { Field } from './bigquery-rest.ts'
import { cellsOf, isNested, itemField, itemsOf, plainText } from './cell-text.ts'
import { shown } from './screen-text.ts'

/** A value with what is in it: a line of its own, and branches below. */
interface Branch {
  readonly label: string
  readonly branches: readonly Branch[]
}

const NULL = 'NULL'

/** A value of a column as lines: one where it is plain, a tree where it has values in it. */
export function linesOf(field: Field, value: unknown): string[] {
  if (value === null || value === undefined) return [NULL]
  if (!isNested(field)) return [shown(plainText(field, value))]
  const branches = branchesOf(field, value)
  return typeof branches === 'string' ? [branches] : drawn(branches)
}

function drawn(branches: readonly Branch[], indent = ''): string[] {
  return branches.flatMap(({ label, branches: inner }, index) => {
    const isLast = index === branches.length - 1
    return [`${indent}${isLast ? '└' : '├'} ${label}`, ...drawn(inner, `${indent}${isLast ? ' ' : '│'} `)]
  })
}

/** A text where it is one value without others in it. */
function branchesOf(field: Field, value: unknown): string | Branch[] {
  if (value === null || value === undefined) return NULL
  if (field.mode === 'REPEATED') {
    const items = itemsOf(value)
    return items.length === 0
      ? '[]'
      : items.map((item, index) => branch(`${index}`, branchesOf(itemField(field), item)))
  }
  if (field.type === 'RECORD') {
    const cells = cellsOf(value)
    return (field.fields ?? []).map((inner, index) =>
      branch(shown(inner.name), branchesOf(inner, cells[index]?.v)),
    )
  }
  return field.type === 'JSON' ? branchesOfJson(parsed(value as string)) : shown(plainText(field, value))
}

function branch(name: string, inner: string | Branch[]): Branch {
  return typeof inner === 'string'
    ? { label: `${name}: ${inner}`, branches: [] }
    : { label: name, branches: inner }
}

/** The source text of each number: a double would round long ones. */
class NumberText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

function parsed(json: string): unknown {
  return JSON.parse(json, ((_: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' ? new NumberText(context.source ?? String(value)) : value) as (
    key: string,
    value: unknown,
  ) => unknown)
}

function branchesOfJson(value: unknown): string | Branch[] {
  if (value instanceof NumberText) return value.text
  if (typeof value === 'string') return shown(JSON.stringify(value))
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value)
  if (entries.length === 0) return Array.isArray(value) ? '[]' : '{}'
  return entries.map(([key, inner]) => branch(shown(key), branchesOfJson(inner)))
}
