import type { LoadParts } from './load-parts.ts'
import type { KeptLetter } from './rows.ts'
import type { Written } from './written.ts'
import { numbered } from './written.ts'
import { isOurs, type SourceLoad } from './source-load.ts'
import { waitForAll } from './wait-for-all.ts'

const MOST_AT_ONCE = 500
const toldName = (index: number) => `told-${numbered(index)}.json`

/**
 * Publishes the dead letters of all shares. One that is published twice, as the loader was killed before it could note that it had done
 * so, has the same `dead-letter-message-id`.
 */
export async function tellLetters(source: SourceLoad, written: readonly Written[]): Promise<void> {
  const { workshop, parts } = source
  const done = await workshop.names()
  const shares = written.flatMap(({ letters }, index) => (letters === undefined ? [] : [{ letters, index }]))
  for (const { letters, index } of shares) {
    if (!isOurs(source, index) || done.has(toldName(index))) continue
    const count = await publishKept(await workshop.bytesOf(letters), parts)
    await workshop.make(toldName(index), { letters: count })
  }
  await waitForAll(
    workshop,
    shares.map(({ index }) => toldName(index)),
    parts.waitMs,
  )
}

/** Publishes the dead letters of an object. @returns how many messages these were */
export async function publishKept(
  bytes: Buffer,
  { publishLetters }: Pick<LoadParts, 'publishLetters'>,
): Promise<number> {
  const lines = bytes.toString('utf8').split('\n')
  for (let at = 0; at < lines.length; at += MOST_AT_ONCE) {
    const kept = lines.slice(at, at + MOST_AT_ONCE).map((line) => JSON.parse(line) as KeptLetter)
    await publishLetters(
      kept.map(({ data, attributes }) => ({ data: Buffer.from(data, 'base64'), attributes })),
    )
  }
  return lines.length
}
