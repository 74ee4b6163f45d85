type Seconds = Readonly<Record<string, number>>

/** Files of a package that took longer last time run by themselves. */
const ALONE_SECONDS = 4
const MOST_TOGETHER = 12
/** Of a file that was not measured yet. */
const UNKNOWN_SECONDS = 1

/**
 * Files of one package go in groups, each for one process: nearly all that such a file takes is to load the same libraries and sources.
 * Those first that take longest, so that none of them is left alone in the end.
 *
 * @param seconds that files took last time
 * @param cores few files of one package are divided among so many, twice
 */
export function inGroups(files: readonly string[], seconds: Seconds, cores: number): string[][] {
  const groups = [...Map.groupBy(files, packageOf)].flatMap(([folder, some]) =>
    folder === undefined ? some.map((file) => [file]) : groupsOf(some, seconds, cores),
  )
  const all = (group: readonly string[]) =>
    group.reduce((sum, file) => sum + (seconds[file] ?? UNKNOWN_SECONDS), 0)
  return groups.toSorted((a, b) => all(b) - all(a))
}

/** Each file for a process of its own, in the same order. */
export function oneByOne(files: readonly string[], seconds: Seconds): string[][] {
  return files.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0)).map((file) => [file])
}

function packageOf(file: string): string | undefined {
  return /^services\/[\w-]+\/test\//.exec(file)?.[0]
}

function groupsOf(files: readonly string[], seconds: Seconds, cores: number): string[][] {
  const isLong = (file: string) => (seconds[file] ?? UNKNOWN_SECONDS) >= ALONE_SECONDS
  const short = files.filter((file) => !isLong(file))
  const most = Math.min(MOST_TOGETHER, Math.ceil(short.length / (2 * cores)))
  const count = short.length === 0 ? 0 : Math.ceil(short.length / most)
  // dealt out in turns, so that none of them gets all of the longer ones
  const sorted = short.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0))
  const groups = Array.from({ length: count }, (_, place) =>
    sorted.filter((_file, at) => at % count === place),
  )
  return [...files.filter(isLong).map((file) => [file]), ...groups]
}
