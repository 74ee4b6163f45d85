import type { SourceObject } from '../formats/index.ts'

/** Files that are read while others are judged: each has the time of a disk or of a bucket to be waited for. */
const AHEAD = 16

interface Readable {
  readonly object: SourceObject
}

export type WithContent<T> = T & { readonly content: Promise<Buffer> }

/** Files in their order, each with its bytes. What is wrong with one says its own promise. */
export async function* readAhead<T extends Readable>(files: readonly T[]): AsyncGenerator<WithContent<T>> {
  const begun: WithContent<T>[] = []
  let next = 0
  for (;;) {
    while (begun.length < AHEAD && next < files.length) {
      const file = files[next++]!
      const content = contentOf(file.object)
      // who waits for it hears of it
      content.catch(() => {})
      begun.push({ ...file, content })
    }
    const first = begun.shift()
    if (!first) return
    yield first
  }
}

async function contentOf(object: SourceObject): Promise<Buffer> {
  if (object.whole) return object.whole()
  const chunks: Buffer[] = []
  for await (const chunk of object.open() as AsyncIterable<Buffer>) chunks.push(chunk)
  await object.check()
  return Buffer.concat(chunks)
}
