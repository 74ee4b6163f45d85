import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { PageFile } from './page.ts'

/**
 * Nothing is loaded from anywhere else, nothing runs but these files, and text never becomes markup or code. Styles that a script sets
 * on an element are no inline styles.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
}

/** By what a file of the page imports: where it is served. */
const LIBRARIES: Readonly<Record<string, string>> = {
  preact: '/lib/preact.js',
  'preact/hooks': '/lib/preact-hooks.js',
  htm: '/lib/htm.js',
  uplot: '/lib/uplot.js',
}

/** Where the page's files are: beside the sources, or beside a bundle (scripts/bundle.ts), whose folder is `from`. */
export function pageFolder(from: string): string {
  const beside = join(from, 'page')
  return existsSync(beside) ? beside : join(from, '../page')
}

/**
 * All files of the page by their paths, `/` included. The page has no build: types are stripped as Node strips ours, and what names a
 * library gets its path (an import map would be an inline script).
 *
 * @param folder that of the page; a bundle's has the libraries in it, in `lib`
 */
export function pageFiles(folder: string): ReadonlyMap<string, Required<PageFile>> {
  const files = new Map<string, Required<PageFile>>()
  for (const name of globSync('*.{html,css,svg,ts}', { cwd: folder }).toSorted()) {
    const text = readFileSync(join(folder, name), 'utf8')
    const type = TYPES[extname(name)]!
    const path = name === 'index.html' ? '/' : `/page/${name}`
    files.set(path, fileOf(type, name.endsWith('.ts') ? script(text) : text))
  }
  const packed = join(folder, 'lib')
  for (const [path, text] of existsSync(packed) ? textsIn(packed) : libraries()) {
    const type = TYPES[path.endsWith('.css') ? '.css' : '.ts']!
    files.set(path, fileOf(type, text))
  }
  return files
}

const textsIn = (folder: string) =>
  globSync('*', { cwd: folder }).map(
    (name) => [`/lib/${name}`, readFileSync(join(folder, name), 'utf8')] as const,
  )

function fileOf(type: string, text: string): Required<PageFile> {
  const body = Buffer.from(text)
  return { type, body, gzip: gzipSync(body, { level: 9 }) }
}

const script = (text: string) => withPaths(withoutTypes(text))

/**
 * Node warns, once in a process, that this function is experimental. It is the one that Node reads our own sources with, and who starts the
 * console can do nothing about it: that one warning is left out, and every other passes.
 */
function withoutTypes(text: string): string {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = (warning: string | Error, ...more: []) => {
    if (!String(warning).includes('stripTypeScriptTypes')) emitWarning(warning, ...more)
  }
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

function withPaths(text: string): string {
  return text.replace(/(\bfrom\s*)(["'])([\w/]+)\2/g, (whole, from: string, quote: string, name: string) => {
    const path = LIBRARIES[name]
    return path === undefined ? whole : `${from}${quote}${path}${quote}`
  })
}

/** The libraries of the page as they are served, by their paths: `/lib/NAME`. */
export function* libraries(): Generator<readonly [path: string, text: string]> {
  const { resolve } = createRequire(import.meta.url)
  // where the maps would be is no file of ours
  const read = (file: string) =>
    withPaths(readFileSync(file, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ''))
  const preact = dirname(resolve('preact/package.json'))
  yield ['/lib/preact.js', read(join(preact, 'dist/preact.mjs'))]
  yield ['/lib/preact-hooks.js', read(join(preact, 'hooks/dist/hooks.mjs'))]
  yield ['/lib/htm.js', read(join(dirname(resolve('htm')), 'htm.module.js'))]
  const uplot = dirname(resolve('uplot'))
  // the library's own module is not minified, and three times as long
  yield ['/lib/uplot.js', `${read(join(uplot, 'uPlot.iife.min.js'))}\nexport default uPlot\n`]
  yield ['/lib/uplot.css', read(join(uplot, 'uPlot.min.css'))]
}
