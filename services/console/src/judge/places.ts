import { isUtf8 } from 'node:buffer'
import type { Problem } from '../api/event.ts'
import type { Place } from '../api/letters.ts'
import { jsonSpans, type Span } from './json-spans.ts'

/** Bytes that are shown and looked at; a dead letter may have ten times as many. */
export const MOST_BYTES = 1 << 20
/** What is wrong with all of the text, and with no place in it. */
const OF_ALL = new Set(['too_deep', 'too_many_values', 'too_many_keys'])
const POSITION = /at position (\d+)/

/** Where in the bytes the problems are; of a field that is missing it is the object around it. */
export function placesOf(data: Buffer, problems: readonly Problem[]): Place[] {
  const shown = data.subarray(0, MOST_BYTES)
  const text = shown.toString('utf8')
  const paths = new Set(problems.flatMap(({ path }) => [path, parentOf(path)]))
  const spans = jsonSpans(text, paths)
  return problems.flatMap(({ path, rule, message }) => {
    const exact = exactPlace(rule, shown, text)
    const own = exact ?? (path === '' && !OF_ALL.has(rule) ? undefined : spans.get(path))
    const span = own ?? spans.get(parentOf(path)) ?? wholeOf(text, rule)
    if (!span) return []
    const start = Buffer.byteLength(text.slice(0, span.start))
    const end = start + Buffer.byteLength(text.slice(span.start, span.end))
    const bytes =
      rule === 'not_utf8' && exact ? { start: firstWrong(shown), end: firstWrong(shown) + 1 } : { start, end }
    return {
      path,
      rule,
      message,
      missing: own === undefined,
      ...bytes,
      text_start: span.start,
      text_end: span.end,
    }
  })
}

/** Where the text stops to be what it should be, for what has no path. */
function exactPlace(rule: string, data: Buffer, text: string): Span | undefined {
  if (rule === 'not_utf8' && !isUtf8(data)) {
    const at = data.subarray(0, firstWrong(data)).toString('utf8').length
    return { start: at, end: at + 1 }
  }
  if (rule !== 'not_json') return undefined
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const position = POSITION.exec((error as Error).message)?.[1]
    const at = position === undefined ? text.length : Number(position)
    return { start: Math.min(at, Math.max(text.length - 1, 0)), end: Math.min(at + 1, text.length) }
  }
}

/** The first byte that is no UTF-8: from there on the text, written again, is another one. */
function firstWrong(data: Buffer): number {
  const again = Buffer.from(data.toString('utf8'))
  let at = 0
  while (at < data.length && data[at] === again[at]) at++
  return at
}

function wholeOf(text: string, rule: string): Span | undefined {
  return rule === 'not_an_object' || OF_ALL.has(rule) ? { start: 0, end: text.length } : undefined
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}
