import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

interface JsonFile {
  readonly name: string
  readonly text: string
}

/**
 * The JSON files of the folder that a variable names, in the order of their names, or those that it holds itself: a JSON object from file
 * name to what is in the file, or, where that is too long for a variable, gzip of it in base64. None where it is empty.
 *
 * @throws Error that names the folder or the file, when it cannot be read, or when the folder has no file whose name ends in .json
 */
export function readJsonFiles(value: string): readonly JsonFile[] {
  const text = value.trim()
  if (text === '') return []
  if (text.startsWith(PACKED)) return filesIn(unpacked(text))
  return text.startsWith('{') ? filesIn(text) : filesOf(text)
}

/** What gzip begins with, in base64. */
const PACKED = 'H4sI'

function unpacked(text: string): string {
  return asked('it', () => gunzipSync(Buffer.from(text, 'base64')).toString(), 'is no gzip in base64')
}

function filesIn(text: string): JsonFile[] {
  const files = asked('it', () => JSON.parse(text) as Record<string, unknown>, 'is no JSON')
  return Object.entries(files).map(([name, content]) => ({
    name,
    // its text, too: who copies a file keeps the order of its keys
    text: typeof content === 'string' ? content : JSON.stringify(content),
  }))
}

function filesOf(folder: string): JsonFile[] {
  const isFile = (name: string) => name.endsWith('.json') && statSync(join(folder, name)).isFile()
  const read = (name: string) => ({ name, text: readFileSync(join(folder, name), 'utf8') })
  const names = asked(`the folder ${folder}`, () => readdirSync(folder).filter(isFile), 'cannot be read')
  if (names.length === 0) throw new Error(`the folder ${folder} has no file whose name ends in .json`)
  return names
    .toSorted()
    .map((name) => asked(`the file ${join(folder, name)}`, () => read(name), 'cannot be read'))
}

function asked<T>(what: string, read: () => T, fails: string): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${what} ${fails}: ${(error as Error).message}`, { cause: error })
  }
}
