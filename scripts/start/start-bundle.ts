// `node scripts/start/start-bundle.ts [--keep] FILE`: runs a bundle with what V8 made of it before. Half of a service's start is to
// compile, and Node's own cache (NODE_COMPILE_CACHE) keeps of a file only what is compiled before its first line runs, which in a bundle is
// next to nothing. --keep: keeps what is compiled when it ends, for later starts; of a process that ends soon, as V8 forgets what nobody
// calls.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { constants, Script } from 'node:vm'

/** As Node wraps a file of CommonJS. */
type Wrapped = (
  exports: object,
  require: NodeJS.Require,
  module: { readonly exports: object },
  filename: string,
  folder: string,
) => void

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const [keeps, given] = process.argv[2] === '--keep' ? [true, process.argv[3]!] : [false, process.argv[2]!]
const file = resolve(given)
// the bundle sees the arguments that it would see without this file
process.argv.splice(1, keeps ? 3 : 2, file)
// V8 knows the source of kept code by its length alone
const kept = `${file}.${statSync(file).mtimeMs}.code`
const cachedData = readIfThere(kept)
const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
const script = new Script(source, {
  filename: file,
  ...(cachedData && { cachedData }),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})
if (keeps) process.once('exit', () => writeFileSync(kept, script.createCachedData()))
const module = { exports: {} }
const run = script.runInThisContext() as Wrapped
run.call(module.exports, module.exports, createRequire(file), module, file, dirname(file))
