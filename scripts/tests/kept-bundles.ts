import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stop } from 'esbuild'
import { bundle, SERVICES } from '../bundle.ts'
import { outputOf } from './child-output.ts'
import { nodeFlags, WITH_KEPT_CODE } from '../start/service-process.ts'

/** Of a start that ends at once. */
const LONGEST_MS = 60_000

/** Bundles of the services for the stories that start pipelines. */
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/tablestream/bundles', import.meta.url))

/**
 * Makes the bundles of the sources as they are now, and beside each what V8 makes of it: stories start the services some hundred times.
 *
 * @returns the folder that has one for each service
 */
export async function keptBundles(): Promise<string> {
  rmSync(FOLDER, { recursive: true, force: true })
  // stories start no jobs from them
  await bundle(SERVICES, FOLDER, { jobs: false })
  // it has kept a gigabyte, which the tests may need
  await stop()
  await Promise.all(
    SERVICES.map(async (service) => {
      const folder = join(FOLDER, service)
      // without a project it says what is missing, and ends: it is loaded by then
      const args = [...nodeFlags(service), ...WITH_KEPT_CODE, '--keep', 'server.cjs']
      const child = spawn(process.execPath, args, {
        cwd: folder,
        env: {},
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: LONGEST_MS,
      })
      await outputOf(child)
    }),
  )
  return FOLDER
}
