type Seconds = Readonly<Record<string, number>>

/** Files that took longer last time run by themselves. */
const ALONE_SECONDS = 60
const MOST_TOGETHER = 48
/** What a group takes: more of it, and the last group to end keeps cores idle. */
const GROUP_SECONDS = 120
/** Of a file that was not measured yet. */
const UNKNOWN_SECONDS = 1

/**
 * Files of one package, and of one folder of test/, go in groups, each for one process: most of what such a file takes is to load the same
 * libraries and sources, and to get them warm. Those first that take longest, so that none of them is left alone in the end.
 *
 * @param seconds that files took last time
 * @param cores few files are divided among so many, twice; so is what all of them take
 */
export function inGroups(files: readonly string[], seconds: Seconds, cores: number): string[][] {
  const part = 1 / (2 * cores)
  const most: Most = {
    files: Math.min(MOST_TOGETHER, Math.ceil(files.length * part)),
    seconds: Math.min(GROUP_SECONDS, sumOf(files, seconds) * part),
  }
  const groups = [...Map.groupBy(files, packageOf)].flatMap(([folder, some]) =>
    folder === undefined ? some.map((file) => [file]) : groupsOf(some, seconds, most),
  )
  return groups.toSorted((a, b) => sumOf(b, seconds) - sumOf(a, seconds))
}

const sumOf = (files: readonly string[], seconds: Seconds): number =>
  files.reduce((sum, file) => sum + (seconds[file] ?? UNKNOWN_SECONDS), 0)

/** Each file for a process of its own, in the same order. */
export function oneByOne(files: readonly string[], seconds: Seconds): string[][] {
  return files.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0)).map((file) => [file])
}

/** undefined: a file for a process of its own. So are laws: some of them put contracts into the catalogue before anybody reads it. */
function packageOf(file: string): string | undefined {
  return /^(services\/[\w-]+\/test\/|test\/((bench|end-to-end|google|operations|query|reconcile)\/)?(?=[^/]+$))/.exec(
    file,
  )?.[0]
}

/** What goes in one group. */
interface Most {
  readonly files: number
  readonly seconds: number
}

function groupsOf(files: readonly string[], seconds: Seconds, most: Most): string[][] {
  const isLong = (file: string) => (seconds[file] ?? UNKNOWN_SECONDS) >= ALONE_SECONDS
  const short = files.filter((file) => !isLong(file))
  const byTime = Math.ceil(sumOf(short, seconds) / most.seconds)
  const count = short.length === 0 ? 0 : Math.max(Math.ceil(short.length / most.files), byTime)
  // dealt out in turns, so that none of them gets all of the longer ones
  const sorted = short.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0))
  const groups = Array.from({ length: count }, (_, place) =>
    sorted.filter((_file, at) => at % count === place),
  )
  return [...files.filter(isLong).map((file) => [file]), ...groups]
}
