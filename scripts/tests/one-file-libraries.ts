import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Seven hundred small files, which Node looks for one by one in each process. It has ES modules alone: nothing asks for their paths. */
const LIBRARY = 'typebox'

interface Manifest {
  readonly version: string
  /** By the name that a program gives behind that of the library: `./value`. */
  readonly exports: Readonly<Record<string, unknown>>
}

/**
 * Makes of the library a file for each of its doors, beside some that they share; of each version once.
 *
 * @returns the folder in which `load-libraries.mjs` finds them
 */
export async function oneFileLibraries(): Promise<string> {
  const text = readFileSync(join(root, 'node_modules', LIBRARY, 'package.json'), 'utf8')
  const { version, exports } = JSON.parse(text) as Manifest
  const folder = join(root, 'node_modules/.cache/tablestream/libraries', version)
  if (existsSync(folder)) return folder
  const made = `${folder}.${process.pid}`
  const doors = Object.keys(exports).map((door) => join(LIBRARY, door))
  await build({
    absWorkingDir: root,
    entryPoints: doors.map((door) => ({ in: door, out: door })),
    outdir: made,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    keepNames: true,
    logLevel: 'error',
  })
  mkdirSync(dirname(folder), { recursive: true })
  try {
    renameSync(made, folder)
  } catch (error) {
    // another run was faster
    rmSync(made, { recursive: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
