// `npm run pack:local-cloud`: local-cloud as one package for people who have nothing else of this repository: dist/local-cloud-VERSION.tgz.
// Its own code and its JavaScript libraries are one file, DuckDB's among them: its hundred small files would take a tenth of a second to
// load. What is native of DuckDB is a bundled dependency of this platform.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { readArguments } from './arguments.ts'
import { SHRINK } from './shrink.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'services/local-cloud')
const NATIVE = '@duckdb/node-bindings'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly config: { readonly nodeFlags: readonly string[] }
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** What is loaded when it is needed is found by the bundler, too, where it is asked for by its name alone. */
const requireByName: Plugin = {
  name: 'require-by-name',
  setup(builds) {
    builds.onLoad({ filter: /services\/local-cloud\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: text.replaceAll('createRequire(import.meta.url)(', 'require('), loader: 'ts' }
    })
  },
}

/** How many helpers V8 has is up to Node, which has made them when the first line runs. */
const isOfV8 = (flag: string) => !flag.startsWith('--v8-pool-size=')

/** The start: flags before the first object is made, compiled code from the last time where Node keeps it. */
const launcher = (flags: readonly string[]) => `#!/usr/bin/env node
'use strict'
const [major] = process.versions.node.split('.').map(Number)
if (major < 20) {
  console.error(\`local-cloud: needs Node 20 or newer, and this is \${process.versions.node}\`)
  process.exit(1)
}
const { setFlagsFromString } = require('node:v8')
if (major >= 24) for (const flag of ${JSON.stringify(flags)}) setFlagsFromString(flag)
// what is made at the start lives on: room for what is soon gone would only take memory, until there are calls
if (major >= 24) setFlagsFromString('--semi-space-growth-factor=1')
require('node:module').enableCompileCache?.()
require('./local-cloud.cjs').main(process.argv.slice(2)).then(() => {
  if (major >= 24) setFlagsFromString('--semi-space-growth-factor=2')
})
`

/**
 * Makes the package.
 *
 * @param folder gets `local-cloud-VERSION.tgz`
 * @returns the path of the file
 */
export async function packLocalCloud(folder: string): Promise<string> {
  const staged = join(folder, 'local-cloud')
  rmSync(staged, { recursive: true, force: true })
  mkdirSync(staged, { recursive: true })
  const ours = manifestIn(source)
  const { metafile } = await build({
    entryPoints: [join(source, 'src/packed.ts')],
    outfile: join(staged, 'local-cloud.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    ...SHRINK,
    legalComments: 'none',
    external: [NATIVE],
    metafile: true,
    logLevel: 'error',
    plugins: [requireByName],
  })
  // the library reads it from the folder of its own file: in a bundle that is the bundle's
  const { resolve } = createRequire(join(source, 'package.json'))
  const wasm = join(dirname(resolve('farmhash-modern')), '../bin/nodejs/farmhash_modern_bg.wasm')
  cpSync(wasm, join(staged, basename(wasm)))
  writeFileSync(join(staged, 'cli.cjs'), launcher(ours.config.nodeFlags.filter(isOfV8)))
  chmodSync(join(staged, 'cli.cjs'), 0o755)
  for (const page of ['README.md', 'SUPPORT.md']) cpSync(join(source, page), join(staged, page))
  cpSync(join(root, 'LICENSE'), join(staged, 'LICENSE'))
  writeFileSync(join(staged, 'THIRD-PARTY.md'), licencesOf(Object.keys(metafile.inputs)))
  const native = copyNative(join(staged, 'node_modules'))
  const manifest = {
    name: 'local-cloud',
    version: ours.version,
    description: ours.description,
    license: ours.license,
    keywords: ['pubsub', 'bigquery', 'cloud-storage', 'emulator', 'google-cloud'],
    bin: { 'local-cloud': 'cli.cjs' },
    main: 'local-cloud.cjs',
    engines: { node: '>=20' },
    os: [process.platform],
    cpu: [process.arch],
    dependencies: { [NATIVE]: manifestIn(join(root, 'node_modules', NATIVE)).version },
    bundleDependencies: native,
  }
  writeFileSync(join(staged, 'package.json'), JSON.stringify(manifest, null, 2))
  const args = ['pack', '--offline', '--json', '--ignore-scripts', '--pack-destination', folder]
  const said = execFileSync('npm', args, {
    cwd: staged,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [{ filename }] = JSON.parse(said) as [{ filename: string }]
  return join(folder, filename)
}

/** DuckDB and what it needs on this platform. @returns their names */
function copyNative(folder: string): readonly string[] {
  const names = new Set<string>()
  const visit = (name: string): void => {
    const from = join(root, 'node_modules', name)
    // the binaries of other platforms are not installed here
    if (names.has(name) || !existsSync(from)) return
    names.add(name)
    cpSync(from, join(folder, name), { recursive: true, dereference: true })
    const { dependencies, optionalDependencies, ...manifest } = manifestIn(from)
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(next)
    // npm would ask the network for the others, for minutes where there is none
    const here = Object.entries({ ...dependencies, ...optionalDependencies }).filter(([next]) =>
      names.has(next),
    )
    const kept = { ...manifest, dependencies: Object.fromEntries(here) }
    writeFileSync(join(folder, name, 'package.json'), JSON.stringify(kept, null, 2))
  }
  visit(NATIVE)
  return [...names]
}

/** The licence of each library that went into the file. */
function licencesOf(inputs: readonly string[]): string {
  const folders = new Set(
    inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  )
  const parts = [...folders].toSorted().map((folder) => {
    const { name, version, license } = manifestIn(folder)
    const texts = globSync('LICEN[CS]E*', { cwd: folder }).map((file) =>
      readFileSync(join(folder, file), 'utf8'),
    )
    return [`## ${name} ${version} (${license})`, ...texts].join('\n\n')
  })
  return ['# Libraries in local-cloud.cjs', ...parts, ''].join('\n\n')
}

const USAGE = `usage: npm run pack:local-cloud
Makes dist/local-cloud-VERSION.tgz for this platform: a package that runs without the network and without the rest of this repository.
Example: npm run pack:local-cloud && npx ./dist/local-cloud-*.tgz --help`

if (import.meta.main) {
  readArguments({ name: 'npm run pack:local-cloud', usage: USAGE, options: {} })
  console.log(await packLocalCloud(join(root, 'dist')))
}
