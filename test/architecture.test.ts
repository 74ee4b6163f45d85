import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// Who may import what: docs/architecture.md. Lint sees circles of what runs; this sees those of types, and the borders between the boxes.
const root = fileURLToPath(new URL('..', import.meta.url))
const OURS = '@tablestream/'
const VENDOR = [/^@google-cloud\//, /^@duckdb\//, /^@grpc\/grpc-js$/, /^undici$/]

/** Packages of ours that a box may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'table-schema': [],
  contract: ['table-schema'],
  'service-kit': [],
  'event-generator': ['contract', 'service-kit'],
  'event-gateway': ['contract', 'table-schema', 'service-kit'],
  'table-manager': ['contract', 'table-schema', 'service-kit'],
  'stream-writer': ['contract', 'table-schema', 'service-kit'],
  archiver: ['contract', 'service-kit'],
  console: ['contract', 'table-schema', 'service-kit', 'ledger'],
  ledger: ['archiver', 'contract', 'table-schema'],
  'batch-loader': ['contract', 'table-schema', 'service-kit', 'ledger'],
  'local-cloud': [],
}

/** Boxes that are pure: no library but these. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  'table-schema': [],
  contract: ['typebox', 're2js'],
}

interface Import {
  readonly file: string
  readonly name: string
  readonly from: string
}

function importsOf(box: string): Import[] {
  return globSync('**/*.ts', { cwd: `${root}/services/${box}/src` }).flatMap((file) => {
    const text = readFileSync(`${root}/services/${box}/src/${file}`, 'utf8')
    const statements = text.matchAll(
      /^(?:import|export)\s[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gms,
    )
    return [...statements].map(([, named, bare, late]) => {
      const from = (named ?? bare ?? late)!
      return { file, name: packageOf(from), from }
    })
  })
}

function packageOf(specifier: string): string {
  const [scope, name] = specifier.split('/')
  return specifier.startsWith('@') ? `${scope}/${name}` : scope!
}

const isBuiltin = ({ from }: Import): boolean => from.startsWith('node:') || builtinModules.includes(from)
const isRelative = ({ from }: Import): boolean => from.startsWith('.')
const boxes = globSync('*', { cwd: `${root}/services` })

t.test('every box is in the table of this test', (t) => {
  t.same(boxes.toSorted(), Object.keys(MAY_IMPORT).toSorted())
  t.end()
})

for (const box of boxes) {
  t.test(box, (t) => {
    const imports = importsOf(box)
    t.ok(imports.length > 0, 'its imports are seen')
    const ours = imports.filter(({ name }) => name.startsWith(OURS))
    for (const { file, name, from } of ours) {
      t.ok(MAY_IMPORT[box]?.includes(name.slice(OURS.length)), `${file} imports ${name}`)
      t.equal(from, name, `${file} imports ${name} by its front door`)
    }
    for (const each of imports.filter(isRelative)) {
      const up = each.from.split('/').filter((part) => part === '..').length
      // the jobs of batch-loader stand beside its src, where people look for them
      if (box === 'batch-loader' && each.from === '../jobs/index.ts') continue
      t.ok(up <= each.file.split('/').length - 1, `${each.file} stays inside its box: ${each.from}`)
    }
    const pure = PURE[box]
    if (pure) {
      const others = imports.filter(
        (each) => !isRelative(each) && !isBuiltin(each) && !each.name.startsWith(OURS),
      )
      for (const { file, name } of others) t.ok(pure.includes(name), `${file} of a pure box imports ${name}`)
      for (const { file, from } of imports.filter(isBuiltin)) {
        t.ok(['node:crypto', 'node:buffer'].includes(from), `${file} of a pure box imports ${from}`)
      }
    }
    t.end()
  })
}

/** Each circle of files that import one another, for their types alone or not. */
function circlesOf(box: string): string[] {
  const imports = Map.groupBy(importsOf(box).filter(isRelative), ({ file }) => file)
  const circles = new Set<string>()
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file)
    if (at >= 0) circles.add([...way.slice(at), file].join(' → '))
    if (at >= 0 || done.has(file)) return
    for (const { from } of imports.get(file) ?? []) visit(join(dirname(file), from), [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return [...circles]
}

t.test('no files import one another in a circle, not even for their types', (t) => {
  for (const box of boxes) t.same(circlesOf(box), [], box)
  t.end()
})

/** A file of a folder stands for the folder, unless it stands beside other folders. */
function roomOf(files: ReadonlySet<string>): (file: string) => string {
  const outer = new Set(['.'])
  for (const file of files) outer.add(dirname(dirname(file)))
  return (file) => (outer.has(dirname(file)) ? file : `${dirname(file)}/`)
}

/** Rooms that are reached from one another. */
function circlesOfRooms(box: string): string[] {
  const imports = importsOf(box).filter(isRelative)
  const targets = imports.map(({ file, from }) => [file, join(dirname(file), from)] as const)
  const room = roomOf(new Set(targets.flat()))
  const next = new Map<string, Set<string>>()
  for (const [file, target] of targets) {
    const [one, other] = [room(file), room(target)]
    if (one !== other) next.set(one, (next.get(one) ?? new Set()).add(other))
  }
  const reached = (from: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const left = [...(next.get(from) ?? [])]
    for (let each = left.pop(); each !== undefined; each = left.pop()) {
      if (seen.has(each)) continue
      seen.add(each)
      left.push(...(next.get(each) ?? []))
    }
    return seen
  }
  const from = new Map(next.keys().map((each) => [each, reached(each)]))
  const circles = next.keys().map((each) => {
    const others = [...from.get(each)!].filter((other) => from.get(other)?.has(each))
    return others.toSorted().join(' ')
  })
  return [...new Set(circles)].filter((circle) => circle !== '').toSorted()
}

t.test('folders import one another in no circle: the house is read from the ground up', (t) => {
  for (const box of boxes) t.same(circlesOfRooms(box), [], box)
  t.end()
})

t.test('whether a message is an event is asked of the contract, by all who judge', (t) => {
  for (const file of [
    'event-gateway/src/judge/judge-candidate.ts',
    'table-manager/src/receive-event.ts',
    'stream-writer/src/write-events.ts',
  ]) {
    const text = readFileSync(`${root}/services/${file}`, 'utf8')
    t.match(text, /\bjudge\(/, file)
    t.notMatch(text, /decodeMessage|validateEvent/, file)
  }
  t.end()
})

t.test('in each service exactly one file imports each vendor client', (t) => {
  for (const box of boxes.filter((name) => name !== 'local-cloud')) {
    const files = new Map<string, Set<string>>()
    for (const { file, name } of importsOf(box)) {
      if (!VENDOR.some((vendor) => vendor.test(name))) continue
      files.set(name, (files.get(name) ?? new Set()).add(file))
    }
    for (const [name, of] of files) t.equal(of.size, 1, `${box}: ${name} in ${[...of].join(', ')}`)
  }
  t.end()
})

t.test('only config.ts reads the environment', (t) => {
  for (const box of boxes) {
    for (const file of globSync('**/*.ts', { cwd: `${root}/services/${box}/src` })) {
      const reads = readFileSync(`${root}/services/${box}/src/${file}`, 'utf8').includes('process.env')
      if (reads) t.equal(file, 'config.ts', `${box}/${file} reads the environment`)
    }
  }
  t.end()
})

t.test('no product code has a branch for the laptop', (t) => {
  for (const box of boxes.filter((name) => name !== 'local-cloud')) {
    for (const file of globSync('**/*.ts', { cwd: `${root}/services/${box}/src` })) {
      const text = readFileSync(`${root}/services/${box}/src/${file}`, 'utf8')
      t.notMatch(text, /EMULATOR_HOST|local-cloud|isLocal/, `${box}/${file}`)
    }
  }
  t.end()
})

t.test('every box has a README, and the package has the name of its folder', (t) => {
  for (const box of boxes) {
    t.ok(existsSync(`${root}/services/${box}/README.md`), `services/${box}/README.md`)
    const { name } = JSON.parse(readFileSync(`${root}/services/${box}/package.json`, 'utf8')) as {
      name: string
    }
    t.equal(name, `${OURS}${box}`)
  }
  t.end()
})

t.test('no file names a path outside the repository; only .ci/run may, and hands it over', (t) => {
  const { stdout } = spawnSync('git', ['grep', '-lE', String.raw`(\.\./)+shared/`, '--', '.', ':!.ci'], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(stdout, '')
  t.end()
})
