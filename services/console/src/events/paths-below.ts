/** The paths below another one, in their order. Found without a look at all of them: an event may have a hundred thousand. */
export function pathsBelow(paths: readonly string[]): (path: string) => readonly string[] {
  const sorted = paths
    .map((path, place) => ({ path, place }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return (path) => {
    const prefix = `${path}/`
    let first = 0
    for (let end = sorted.length; first < end;) {
      const middle = (first + end) >> 1
      if (sorted[middle]!.path < prefix) first = middle + 1
      else end = middle
    }
    let end = first
    while (sorted[end]?.path.startsWith(prefix)) end++
    return sorted
      .slice(first, end)
      .toSorted((one, other) => one.place - other.place)
      .map((each) => each.path)
  }
}
