import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CORES } from './test-runner.ts'
import { testsNear } from './tests-near.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Of a file that was not measured yet: those that take long are known. */
const UNKNOWN_SECONDS = 0.5
/** A word in the name of a test says what all of it is about. */
const IN_NAME = 3

/** Whether what changed is loaded by some of these test files, or is of their packages. */
export function isNear(files: readonly string[], changed: readonly string[]): boolean {
  const packages = new Set(files.map(packageOf))
  if (changed.some((file) => packages.has(packageOf(file)))) return true
  const near = testsNear(changed)
  return files.some((file) => near.has(file))
}

/**
 * Of some test files those nearest to what changed, as many as run in a time; one at least. Of those as near by their imports, as all are
 * that load a package by its front door, those first that have the words of the changed files' paths, and then the quickest.
 *
 * @param changed paths from the root
 * @param seconds that files take
 */
export function nearestFirst(
  files: readonly string[],
  changed: readonly string[],
  seconds: Readonly<Record<string, number>>,
  longest: number,
): readonly string[] {
  const near = testsNear(changed)
  const words = changed.flatMap(wordsOf)
  const order = files.map((file) => ({
    file,
    away: near.get(file) ?? Number.MAX_SAFE_INTEGER,
    akin: kinship(file, words),
    takes: seconds[file] ?? UNKNOWN_SECONDS,
  }))
  const sorted = order.toSorted((a, b) => a.away - b.away || b.akin - a.akin || a.takes - b.takes)
  let left = longest * CORES
  const some = sorted.filter(({ takes }, place) => {
    if (place > 0 && takes > left) return false
    left -= takes
    return true
  })
  return some.map(({ file }) => file)
}

/** `services/NAME`; the path itself where it is of no package. */
const packageOf = (path: string) => /^services\/[\w-]+(?=\/)/.exec(path)?.[0] ?? path

/** `pubsub`, `streaming`, `pull` of services/local-cloud/src/pubsub/grpc/streaming-pull.ts. */
function wordsOf(path: string): readonly string[] {
  const inside = path.replace(/^services\/[\w-]+\/(src|test)\//, '')
  return wordsIn(inside.replace(/\.[^/]*$/, ''))
}

/** In small letters, `streamingPull` as two of them. */
const wordsIn = (text: string) =>
  text
    .split(/[^A-Za-z]+|(?=[A-Z])/)
    .filter((word) => word.length > 2)
    .map((word) => word.toLowerCase())

/** How much a test speaks of something. */
function kinship(test: string, words: readonly string[]): number {
  if (words.length === 0) return 0
  const name = new Set(wordsOf(test))
  const text = new Set(wordsIn(readFileSync(`${root}${test}`, 'utf8')))
  const of = (word: string) => (name.has(word) ? IN_NAME : 0) + (text.has(word) ? 1 : 0)
  return words.reduce((sum, word) => sum + of(word), 0)
}
