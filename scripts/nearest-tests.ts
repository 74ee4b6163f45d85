import { CORES } from './test-runner.ts'
import { testsNear } from './tests-near.ts'

/** Of a file that was not measured yet. */
const UNKNOWN_SECONDS = 1

/**
 * Of some test files those nearest to what changed, the quickest of them first, as many as run in a time; one at least. All, where what
 * changed is nothing that they load.
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
  if (!files.some((file) => near.has(file))) return files
  const secondsOf = (file: string) => seconds[file] ?? UNKNOWN_SECONDS
  const away = (file: string) => near.get(file) ?? Number.MAX_SAFE_INTEGER
  const sorted = files.toSorted((a, b) => away(a) - away(b) || secondsOf(a) - secondsOf(b))
  let left = longest * CORES
  return sorted.filter((file, place) => {
    left -= secondsOf(file)
    return place === 0 || left >= 0
  })
}
