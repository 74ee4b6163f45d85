// Loaded before each process of a test run (node --import): what one-file-libraries.ts made of a library stands in for it. LIBRARIES names
// the folder. JavaScript: a Node on the path that is older has no such hooks, and does without.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.env['LIBRARIES'] ?? ''
/** @type {Map<string, string | undefined>} undefined: the library itself is loaded */
const urls = new Map()

/** @param {string} specifier */
function urlOf(specifier) {
  if (!urls.has(specifier)) {
    const file = join(folder, `${specifier}.mjs`)
    urls.set(specifier, existsSync(file) ? pathToFileURL(file).href : undefined)
  }
  return urls.get(specifier)
}

module.registerHooks?.({
  resolve(specifier, context, next) {
    const url = /^typebox(\/\w+)?$/.test(specifier) ? urlOf(specifier) : undefined
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true }
  },
})
