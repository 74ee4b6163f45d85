interface Placed {
  readonly path: string
  readonly place: number
}

/** The paths below another one, in their order. Found without a look at all of them: an event may have a hundred thousand. */
export function pathsBelow(paths: readonly string[]): (path: string) => readonly string[] {
  const sorted = paths
    .map((path, place): Placed => ({ path, place }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return (path) =>
    sorted
      // what begins with `path/` stands before `path0`, the next one of characters
      .slice(firstFrom(sorted, `${path}/`), firstFrom(sorted, `${path}0`))
      .toSorted((one, other) => one.place - other.place)
      .map((each) => each.path)
}

function firstFrom(sorted: readonly Placed[], path: string): number {
  let first = 0
  for (let end = sorted.length; first < end;) {
    const middle = (first + end) >> 1
    if (sorted[middle]!.path < path) first = middle + 1
    else end = middle
  }
  return first
}
