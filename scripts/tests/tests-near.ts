import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The files that import each file, by paths from the root. */
function importers(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const file of globSync(['services/*/{src,test}/**/*.ts', '{scripts,test}/**/*.ts'], { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, from] of text.matchAll(/(?:from|import)[\s(]+'([^']+)'/g)) {
      const target = resolve(file, from!)
      if (target !== undefined) found.set(target, [...(found.get(target) ?? []), file])
    }
  }
  return found
}

/** undefined: a library. */
function resolve(file: string, from: string): string | undefined {
  if (from.startsWith('.')) return join(dirname(file), from)
  const [, name, door = 'index'] = /^@tablestream\/([\w-]+)(?:\/([\w-]+))?$/.exec(from) ?? []
  return name === undefined ? undefined : `services/${name}/src/${door}.ts`
}

/**
 * By how many imports each test file is away from the nearest of these files; 0 is the file itself. Whoever loads a whole package by its
 * front door is told only for a file that nobody else loads: by doors nearly every test is near to nearly every file.
 *
 * @param files paths from the root
 */
export function testsNear(files: readonly string[]): ReadonlyMap<string, number> {
  const by = importers()
  const nearest = new Map<string, number>()
  for (const file of files) {
    const inside = testsOf(file, by, false)
    for (const [test, steps] of inside.size > 0 ? inside : testsOf(file, by, true))
      nearest.set(test, Math.min(steps, nearest.get(test) ?? Infinity))
  }
  return nearest
}

function testsOf(file: string, by: ReadonlyMap<string, readonly string[]>, byDoors: boolean) {
  const away = new Map([[file, 0]])
  for (const [at, steps] of away) {
    if (/\/(index|src\/arguments)\.ts$/.test(at) && at !== file && !byDoors) continue
    for (const importer of by.get(at) ?? []) if (!away.has(importer)) away.set(importer, steps + 1)
  }
  return new Map([...away].filter(([at]) => at.endsWith('.test.ts')))
}
