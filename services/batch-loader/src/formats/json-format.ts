/** Lines that are looked at to tell lines of JSON from CSV. */
const LINES = 100

/** Lines of JSON, one array, or values over several lines; undefined: none of them. */
export function jsonFormat(text: string): 'ndjson' | 'json_array' | 'json_values' | undefined {
  const start = text.trimStart()
  if (/^\[\s*(?:[\]{["\d-]|true|false|null|$)/.test(start)) {
    // an array a line is lines
    const lines = linesOf(start)
    return lines.length > 1 && lines.every((line) => line.startsWith('[') && line.endsWith(']'))
      ? 'ndjson'
      : 'json_array'
  }
  const lines = linesOf(start)
  if (isSpread(start, lines.length)) return 'json_values'
  const objects = lines.filter((line) => line.startsWith('{')).length
  if (start.startsWith('{') && lines.length > 1 && objects <= lines.length / 2) {
    const [first = '', second = ''] = lines
    // lines of JSON end with a bracket; an object over several lines has a key or its end below
    if (!first.endsWith('}') && /^["}]/.test(second)) return 'json_values'
  }
  return objects > 0 && objects >= lines.length / 2 ? 'ndjson' : undefined
}

function linesOf(text: string): string[] {
  return text
    .split('\n', LINES * 2)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, LINES)
}

/** Whether the first object has several lines, or another one stands behind it on the only line, as Firehose writes them. */
function isSpread(text: string, lines: number): boolean {
  const end = text.startsWith('{') ? endOfObject(text) : -1
  if (end < 0) return false
  const first = text.slice(0, end)
  const isMeant = first.includes('\n') || (lines === 1 && /^\s*\{/.test(text.slice(end)))
  if (!isMeant) return false
  try {
    JSON.parse(first)
    return true
  } catch {
    // a line that is cut, and the next one behind it
    return false
  }
}

/** Behind the bracket that closes the first one; -1: it is not there. */
function endOfObject(text: string): number {
  let depth = 0
  // texts as a whole: brackets in them are none. One that is cut goes to the end, and is not looked for again from each quote in it
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[{}]/gs)) {
    if (token === '{') depth++
    else if (token === '}' && --depth === 0) return index + 1
  }
  return -1
}
