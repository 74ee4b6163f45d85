import { readFileSync } from 'node:fs'

/**
 * The JSON text of a variable that holds it, or the path of a file with it; empty where the variable is.
 *
 * @throws Error that names the file, when it cannot be read
 */
export function readJsonVariable(value: string): string {
  const text = value.trim()
  if (text === '' || text.startsWith('{')) return text
  try {
    return readFileSync(text, 'utf8')
  } catch (error) {
    throw new Error(`configuration: the file ${text} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
