import {
  behindSpace,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  endOfText,
  isJson,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './scan-json.ts'

// What stands at a path of a long text of JSON. DuckDB's own functions keep several times the text of two thousand rows for each call in a
// query: with messages of megabytes that is more than there is. This looks at one text at a time, and makes nothing of it but the answer.

type Steps = readonly (string | number)[]

/** JSON_VALUE: a text, number or truth value as text; undefined for everything else, and where the text is no JSON. */
export function longJsonValue(text: string, steps: Steps): string | undefined {
  const part = partOf(text, steps)
  if (part === undefined || part === 'null' || part.startsWith('{') || part.startsWith('[')) return undefined
  return part.startsWith('"') ? (JSON.parse(part) as string) : part
}

/** JSON_QUERY: JSON without white space and escapes that are not needed; undefined for null, and where the text is no JSON. */
export function longJsonQuery(text: string, steps: Steps): string | undefined {
  const part = partOf(text, steps)
  return part === undefined || part === 'null' ? undefined : compact(part)
}

/**
 * JSON_QUERY_ARRAY, or JSON_VALUE_ARRAY where `isText` is true: the elements of an array; undefined where there is none, where the text
 * is no JSON, and for elements that are no scalars where they are to be texts.
 */
export function jsonItems(text: string, steps: Steps, isText: boolean): (string | null)[] | undefined {
  const array = partOf(text, steps)
  if (array?.startsWith('[') !== true) return undefined
  const items: string[] = []
  for (let at = behindSpace(array, 1); array.charCodeAt(at) !== CLOSE_ARRAY;) {
    const end = endOfValue(array, at)
    items.push(array.slice(at, end))
    const next = behindSpace(array, end)
    at = array.charCodeAt(next) === COMMA ? behindSpace(array, next + 1) : next
  }
  if (!isText) return items.map(compact)
  if (items.some((item) => item.startsWith('{') || item.startsWith('['))) return undefined
  return items.map((item) =>
    item === 'null' ? null : item.startsWith('"') ? (JSON.parse(item) as string) : item,
  )
}

/** JSON whose escapes by number have small digits. */
export const lowerEscapes = (json: string): string =>
  json.replaceAll(/\\(?:u[0-9A-Fa-f]{4}|.)/g, (escape) => (escape[1] === 'u' ? escape.toLowerCase() : escape))

/** Of a key that comes twice it is the first. */
function partOf(text: string, steps: Steps): string | undefined {
  if (!isJson(text)) return undefined
  let at = behindSpace(text, 0)
  for (const step of steps) {
    const found = typeof step === 'number' ? itemOf(text, at, step) : fieldOf(text, at, step)
    if (found === undefined) return undefined
    at = found
  }
  return text.slice(at, endOfValue(text, at))
}

/** Where the value of a key begins. @param at where an object may begin, in a text that is JSON */
function fieldOf(text: string, at: number, name: string): number | undefined {
  if (text.charCodeAt(at) !== OPEN_OBJECT) return undefined
  for (let key = behindSpace(text, at + 1); text.charCodeAt(key) === QUOTE;) {
    const end = endOfText(text, key)
    const value = behindSpace(text, behindSpace(text, end) + 1)
    if (isKey(text, key, end, name)) return value
    const comma = behindSpace(text, endOfValue(text, value))
    if (text.charCodeAt(comma) !== COMMA) return undefined
    key = behindSpace(text, comma + 1)
  }
  return undefined
}

function isKey(text: string, from: number, to: number, name: string): boolean {
  if (to - from < name.length + 2) return false
  const key = text.slice(from, to)
  return key.includes('\\')
    ? JSON.parse(key) === name
    : key.length === name.length + 2 && key.startsWith(name, 1)
}

/** Where the element with this number begins. @param at where an array may begin, in a text that is JSON */
function itemOf(text: string, at: number, index: number): number | undefined {
  if (text.charCodeAt(at) !== OPEN_ARRAY) return undefined
  let item = behindSpace(text, at + 1)
  if (text.charCodeAt(item) === CLOSE_ARRAY) return undefined
  for (let left = index; left > 0; left--) {
    const comma = behindSpace(text, endOfValue(text, item))
    if (text.charCodeAt(comma) !== COMMA) return undefined
    item = behindSpace(text, comma + 1)
  }
  return item
}

/** @param at where a value begins, in a text that is JSON */
function endOfValue(text: string, at: number): number {
  const first = text.charCodeAt(at)
  if (first === QUOTE) return endOfText(text, at)
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return endOfScalar(text, at)
  let depth = 0
  for (let end = at; ;) {
    const code = text.charCodeAt(end)
    if (code === QUOTE) {
      end = endOfText(text, end)
      continue
    }
    end++
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++
    else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --depth === 0) return end
  }
}

function endOfScalar(text: string, at: number): number {
  let end = at
  while (end < text.length && !',]} \n\r\t'.includes(text[end]!)) end++
  return end
}

/** JSON without white space, its texts with as few escapes as they need. */
function compact(json: string): string {
  let made = ''
  for (let at = 0; at < json.length;) {
    const quote = json.indexOf('"', at)
    const between = json.slice(at, quote === -1 ? json.length : quote)
    made += between.replaceAll(/\s+/g, '')
    if (quote === -1) break
    at = endOfText(json, quote)
    const text = json.slice(quote, at)
    made += text.includes('\\') ? JSON.stringify(JSON.parse(text)) : text
  }
  return made
}
