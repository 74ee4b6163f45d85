import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { alone, compare, type Compared } from './figures.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Packages of ours: links, and each version has its own. */
const OURS = '@tablestream'

/**
 * The bench of an older commit and of this working tree in turns, and each figure of the one beside the other's. Each version is measured
 * by its own bench: a figure is compared where both print it with the same words.
 *
 * @param args those of the bench itself
 * @throws Error where there is no such commit, or a bench fails
 */
export async function againstCommit(commit: string, args: readonly string[], turns: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-bench-'))
  try {
    const id = git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`)
    checkOut(id, folder)
    const printed: { old: string; new: string }[] = []
    for (let turn = 1; turn <= turns; turn++) {
      // who goes first meets another machine than who goes second
      const isOldFirst = turn % 2 === 1
      const before = isOldFirst ? await bench(folder, args) : undefined
      const now = await bench(root, args)
      printed.push({ old: before ?? (await bench(folder, args)), new: now })
      console.log(`turn ${turn} of ${turns} is done`)
    }
    show(id, compare(printed))
    const [first] = printed
    for (const what of alone(first!.old, first!.new)) console.log(`only ${id.slice(0, 7)} has: ${what}`)
    for (const what of alone(first!.new, first!.old)) console.log(`only this tree has: ${what}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function show(id: string, figures: readonly Compared[]): void {
  if (figures.length === 0) throw new Error(`this tree and ${id} print no figure with the same words`)
  console.log(`\n${id.slice(0, 7).padStart(12)}    this tree  as fast (least to most)`)
  for (const { old, new: now, ratio, least, most, verdict, what } of figures) {
    // none of what should not be, beside none
    const [times, range] = Number.isNaN(ratio)
      ? ['', '']
      : [`${ratio.toFixed(2)} ×`, `(${least.toFixed(2)} to ${most.toFixed(2)})`]
    const told = verdict === 'slower' || verdict === 'faster' ? verdict : ''
    console.log(
      `${figure(old)} ${figure(now)}  ${times.padStart(8)} ${range.padEnd(15)} ${told.padEnd(6)}  ${what}`,
    )
  }
}

const figure = (value: number): string => value.toLocaleString('en-US').padStart(12)

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 30 }).trim()
  } catch (error) {
    throw new Error(`git ${args.join(' ')} fails: it must name a commit of this repository`, { cause: error })
  }
}

function checkOut(id: string, folder: string): void {
  const archive = join(folder, 'commit.tar')
  git('archive', `--output=${archive}`, id)
  execFileSync('tar', ['-xf', archive, '-C', folder])
  rmSync(archive)
  const lock = (at: string) => readFileSync(join(at, 'package-lock.json'), 'utf8')
  if (lock(folder) === lock(root)) linkPackages(folder)
  else execFileSync('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** What both ask for is installed already. */
function linkPackages(folder: string): void {
  linkEach('node_modules', folder)
  const services = readdirSync(join(folder, 'services'))
  for (const service of services) linkEach(join('services', service, 'node_modules'), folder)
  mkdirSync(join(folder, 'node_modules', OURS))
  for (const service of services)
    symlinkSync(join(folder, 'services', service), join(folder, 'node_modules', OURS, service))
}

function linkEach(modules: string, folder: string): void {
  if (!existsSync(join(root, modules))) return
  mkdirSync(join(folder, modules))
  for (const name of readdirSync(join(root, modules)))
    if (name !== OURS) symlinkSync(join(root, modules, name), join(folder, modules, name))
}

/** Runs `npm run bench` of a version, without npm. @returns what it printed */
async function bench(folder: string, args: readonly string[]): Promise<string> {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  const [, ...command] = scripts['bench']!.split(' ')
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  const [printed, code] = await Promise.all([text(child.stdout), ended])
  if (code !== 0) throw new Error(`the bench in ${folder} ends with ${code}:\n${printed}`)
  return printed
}
