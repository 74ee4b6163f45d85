import type { Place } from '../../sql/tree/script-tree.ts'

/** ScriptStackFrame of the REST API: lines and columns are counted from 1. */
export interface StackFrame {
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  readonly endColumn: number
  readonly text: string
  /** The procedure that it is in, as `project.dataset.name`. */
  readonly procedureId?: string
}

/** The text of a script, or of a procedure that one calls. */
export interface ScriptSource {
  readonly sql: string
  /** Where a place of the text that runs is in `sql`. */
  readonly original: (at: number) => number
  readonly procedureId?: string
  /** The statements that called it, the last one first. */
  readonly callers: readonly StackFrame[]
}

/** A statement, and those that called what it is in. */
export function stackOf(source: ScriptSource, place: Place): StackFrame[] {
  const { sql, procedureId, callers, original } = source
  const [from, to] = [original(place.from), original(place.to)]
  const [startLine, startColumn] = lineOf(sql, from)
  const [endLine, endColumn] = lineOf(sql, to)
  const text = sql.slice(from, to)
  const own = { startLine, startColumn, endLine, endColumn, text }
  return [procedureId === undefined ? own : { ...own, procedureId }, ...callers]
}

function lineOf(sql: string, at: number): [line: number, column: number] {
  const before = sql.slice(0, at).split('\n')
  return [before.length, before.at(-1)!.length + 1]
}
