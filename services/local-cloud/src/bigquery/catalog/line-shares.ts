/** What one statement takes of rows of hundreds of columns: their values, and the bytes of their lines. */
const MOST_VALUES = 200_000
const MOST_BYTES = 16 << 20

/**
 * Divides lines that stand behind each other: all of a long stream are more than a text of JavaScript holds. A line that is too large for
 * any share is one by itself.
 *
 * @param lines the id and the bytes of each, in their order @param columns how many the table has
 * @returns the first and the last id of each share
 */
export function lineShares(
  lines: readonly (readonly [id: bigint, bytes: bigint])[],
  columns: number,
): (readonly [first: bigint, last: bigint])[] {
  const mostLines = Math.max(1, Math.floor(MOST_VALUES / columns))
  const shares: [bigint, bigint][] = []
  let [count, bytes] = [0, 0]
  for (const [id, size] of lines) {
    const share = shares.at(-1)
    const isFull = count >= mostLines || bytes + Number(size) > MOST_BYTES
    if (share && !isFull) share[1] = id
    else {
      shares.push([id, id])
      ;[count, bytes] = [0, 0]
    }
    count++
    bytes += Number(size)
  }
  return shares
}
