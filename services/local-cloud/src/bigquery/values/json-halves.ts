const HALF = /\\u[dD][89a-fA-F]/
const LONE_HALF = /\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]/s

/** Whether a text in JSON writes half a character: no UTF-8 holds one. @param json a text that is JSON otherwise */
export const hasLoneHalf = (json: string): boolean =>
  HALF.test(json) && LONE_HALF.test(json.replaceAll('\\\\', '  '))

/** The error's text. */
export const LONE_HALF_MESSAGE =
  'invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF, and stands nowhere else'
