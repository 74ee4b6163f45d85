// `npm run bundle [SERVICE…]`: each service as one file, as its image holds it: dist/SERVICE/server.cjs, and beside it the pages of
// its API's description, a page of its own, the files of threads that it starts, and WebAssembly of a library.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve as resolvePath } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'
import { libraries } from '../services/console/src/page-files.ts'
import { readArguments, refuse } from './arguments.ts'
import { SHRINK } from './shrink.ts'

export const SERVICES = [
  'event-generator',
  'event-gateway',
  'table-manager',
  'stream-writer',
  'console',
] as const

/** A service's process, and the threads that it may have. */
const ENTRIES = ['server.ts', 'threads/bulk-thread.ts', 'threads/publish-thread.ts']
/** Jobs that run from a service's image, by the names of their files: terraform/archiver.tf, terraform/batch-loader.tf. */
const JOBS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'table-manager': {
    job: 'archiver/src/job.ts',
    batch: 'batch-loader/src/batch.ts',
    load: 'batch-loader/src/job.ts',
  },
}

const root = fileURLToPath(new URL('..', import.meta.url))
const { resolve } = createRequire(import.meta.url)
const PAGES = dirname(resolve('@fastify/swagger-ui/static/logo.svg'))
/** The library reads it from the folder of its own file: in a bundle that is the bundle's. */
const FARMHASH = join(dirname(resolve('farmhash-modern')), '../bin/nodejs/farmhash_modern_bg.wasm')

/** The pages stand beside the bundle: the library looks for them beside its own file, which is no more. */
const pagesBesideTheBundle: Plugin = {
  name: 'pages-beside-the-bundle',
  setup(builds) {
    builds.onLoad({ filter: /@fastify\/swagger-ui\/lib\/routes\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = text.replace(`path.join(__dirname, '..', 'static')`, `path.join(__dirname, 'static')`)
      if (contents === text)
        throw new Error(`${path} looks for its pages in another way: see scripts/bundle.ts`)
      return { contents, loader: 'js' }
    })
  },
}

export interface BundleOptions {
  /** The jobs that run from a service's image too; they are, where nothing is said. */
  readonly jobs?: boolean
}

/**
 * All in one build: what services share is read once.
 *
 * @param folder gets of each service a folder with server.cjs and static/; where there are some, page/, the threads and the jobs
 */
export async function bundle(
  services: readonly string[],
  folder: string,
  { jobs = true }: BundleOptions = {},
): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: services.flatMap((service) => entriesOf(service, jobs)),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    // what CommonJS calls these, for a service that starts a thread from a file beside its own
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // stack traces and pino name functions and files of ours
    ...SHRINK,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'error',
    plugins: [pagesBesideTheBundle],
  })
  for (const service of services) bringFiles(service, join(folder, service), metafile)
}

function entriesOf(service: string, jobs: boolean) {
  const entries = [
    ...ENTRIES.map((entry) => [basename(entry, '.ts'), `${service}/src/${entry}`] as const),
    ...Object.entries(jobs ? (JOBS[service] ?? {}) : {}),
  ]
  return entries
    .map(([out, entry]) => ({ in: join(root, 'services', entry), out: join(service, out) }))
    .filter((entry) => existsSync(entry.in))
}

/** What a service reads beside its bundle. */
function bringFiles(service: string, folder: string, { outputs }: Metafile): void {
  const inputs = Object.entries(outputs)
    .filter(([output]) => dirname(resolvePath(root, output)) === folder)
    .flatMap(([, output]) => Object.keys(output.inputs))
  const has = (library: string) => inputs.some((input) => input.includes(`/${library}/`))
  if (has('@fastify/swagger-ui')) cpSync(PAGES, join(folder, 'static'), { recursive: true })
  if (has('farmhash-modern')) cpSync(FARMHASH, join(folder, basename(FARMHASH)))
  const page = join(root, 'services', service, 'page')
  if (existsSync(page)) bringPage(page, join(folder, 'page'))
}

/** The page is served from its own files, as it is from the sources; an image has no node_modules to look for its libraries in. */
function bringPage(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
  for (const [path, text] of libraries()) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
  }
}

const USAGE = `usage: npm run bundle [SERVICE…]
Makes dist/SERVICE/server.cjs of each service: ${SERVICES.join(', ')}. Without a name: all of them.
Example: npm run bundle stream-writer`

if (import.meta.main) {
  const { positionals } = readArguments({
    name: 'npm run bundle',
    usage: USAGE,
    options: {},
    takesOthers: true,
  })
  const unknown = positionals.find((service) => !(SERVICES as readonly string[]).includes(service))
  if (unknown !== undefined)
    refuse('npm run bundle', `there is no service ${unknown}: ${SERVICES.join(', ')}\n${USAGE}`)
  const services = positionals.length > 0 ? positionals : SERVICES
  await bundle(services, join(root, 'dist'))
  for (const service of services) console.log(`dist/${service}/server.cjs`)
}
