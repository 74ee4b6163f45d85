import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder, and those above it.
 *
 * One after the other: `recursive` of Node tries for ever where the system says ENOENT of a folder whose parent is there, as below /proc.
 *
 * @throws as mkdirSync
 */
export function makeFolder(folder: string): void {
  const missing: string[] = []
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.unshift(at)
  // says of a file that it is one
  if (missing.length === 0) mkdirSync(folder, { recursive: true })
  for (const each of missing) {
    try {
      mkdirSync(each)
    } catch (error) {
      const isMade = (error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(each)
      if (!isMade) throw error
    }
  }
}
