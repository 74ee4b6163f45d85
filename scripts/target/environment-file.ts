import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Reads the variables of the local pipeline from a file: ENV_FILE, else .env, where it is there. Variables that are set already stay
 * as they are.
 *
 * @throws Error where ENV_FILE names a file that is not there, or cannot be read
 */
export function readEnvironmentFile(): void {
  const named = process.env['ENV_FILE']
  const file = path.resolve(root, named || '.env')
  if (!named && !existsSync(file)) return
  try {
    process.loadEnvFile(file)
  } catch (error) {
    throw new Error(`ENV_FILE names ${file}, which cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
