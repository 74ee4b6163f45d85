// How HPACK writes text in few bits.

/**
 * RFC 7541, appendix B: how many bits the code of each byte has. The codes follow from it: they grow with their length, and with
 * the byte where they are as long as another one.
 */
const LENGTHS = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
].flat()
const END_OF_TEXT = 256
const LONGEST = 30
/** What is left of the last byte is filled with ones, fewer than a byte. */
const MOST_PADDING = 7

/** Two places for each node: the nodes behind a 0 and a 1; what is below zero is the byte that it stands for. */
const TREE = treeOf([...LENGTHS, LONGEST])

function treeOf(lengths: readonly number[]): Int16Array {
  const tree = new Int16Array(lengths.length * 2)
  let nodes = 1
  let code = 0
  for (let length = 1; length <= LONGEST; length++) {
    code *= 2
    lengths.forEach((own, byte) => {
      if (own !== length) return
      let node = 0
      for (let bit = length - 1; bit > 0; bit--) {
        const place = node * 2 + ((code >>> bit) & 1)
        if (tree[place] === 0) tree[place] = nodes++
        node = tree[place]!
      }
      tree[node * 2 + (code & 1)] = -1 - byte
      code++
    })
  }
  return tree
}

/** @returns undefined where the bytes are no text of this code */
export function huffmanText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let node = 0
  let ones = 0
  let bits = 0
  for (let at = start; at < end; at++) {
    for (let bit = 7; bit >= 0; bit--) {
      const one = (bytes[at]! >>> bit) & 1
      const next = TREE[node * 2 + one]!
      bits++
      ones = one === 1 ? ones + 1 : 0
      if (next >= 0) node = next
      else {
        if (next === -1 - END_OF_TEXT) return undefined
        text += String.fromCharCode(-1 - next)
        node = bits = ones = 0
      }
    }
  }
  return bits <= MOST_PADDING && ones === bits ? text : undefined
}
