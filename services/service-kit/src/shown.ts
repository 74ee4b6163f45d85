/** What moves the cursor, changes the direction of writing or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

export interface ShownOptions {
  /** Line ends and tabs as `\n`, `\r`, `\t`; absent: by their numbers, as all others. */
  readonly isShort?: boolean
}

/** A text of strangers on one line of a terminal or a log: what would be obeyed, or what nobody sees, is written out. */
export function shown(text: string, { isShort = false }: ShownOptions = {}): string {
  return text.replace(UNSEEN, (character) => {
    const short = isShort ? SHORT[character] : undefined
    if (short !== undefined) return short
    const code = character.codePointAt(0)!.toString(16)
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
  })
}

/** A text of several lines, each of them as `shown`. */
export function shownLines(text: string): string {
  return text
    .split('\n')
    .map((line) => shown(line))
    .join('\n')
}

/** What an error says, for a terminal. */
export function shownError(error: unknown): string {
  return shownLines(error instanceof Error ? error.message : String(error))
}
