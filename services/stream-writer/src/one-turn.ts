import type { Message } from '@tablestream/contract'

/** So much is read in one turn of the event loop: a megabyte that a stranger has made takes a tenth of a second, */
export const MOST_BYTES = 1 << 20
/** and so many small events as long. */
const MOST_ITEMS = 2000
/** What has more bytes is large. */
const LARGE = 16 << 10

export function isLarge({ data }: Pick<Message, 'data'>): boolean {
  return data.length > LARGE
}

/**
 * How much of what waits is read in this turn of the event loop. Events that wait are read anew when something changes for them, all of
 * them together: 60 MB of them, read at once, would keep everybody from leases, acknowledgements and health for seconds. What is small does
 * not wait for what is large.
 */
export class OneTurn {
  readonly #small = { bytes: 0, items: 0 }
  readonly #large = { bytes: 0, items: 0 }

  /** Whether this one is read now, too. The first one is, whatever its size. */
  takes({ message: { data } }: { readonly message: Message }): boolean {
    const read = isLarge({ data }) ? this.#large : this.#small
    read.bytes += data.length
    return read.items++ === 0 || (read.bytes <= MOST_BYTES && read.items <= MOST_ITEMS)
  }
}
