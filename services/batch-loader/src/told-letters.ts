import type { OutgoingMessage } from '@tablestream/service-kit'
import type { LoadParts } from './load-parts.ts'
import type { BadRecord } from './survey.ts'

/** Of each reason so many dead letters of a source are kept, to be shown. */
const MOST_KEPT = 3

/** The dead letters of a source that this process published. */
export interface SourceLetters {
  /** How many have each reason. */
  readonly counts: ReadonlyMap<string, number>
  /** The first ones of each reason. */
  readonly first: readonly BadRecord[]
}

export const NO_LETTERS: SourceLetters = { counts: new Map(), first: [] }

/**
 * Hears of all dead letters why they are some: of those that the judge refused, and of those that a policy or another event of the same id
 * made so. Those that a process published that was killed are not among them.
 */
export class ToldLetters {
  readonly #sources = new Map<string, { counts: Map<string, number>; first: BadRecord[] }>()

  /** The same parts, whose dead letters are heard here. */
  heardIn<Parts extends Pick<LoadParts, 'publishLetters'>>(parts: Parts): Parts {
    return {
      ...parts,
      publishLetters: async (letters: readonly OutgoingMessage[]) => {
        const published = await parts.publishLetters(letters)
        for (const { attributes } of letters) this.#add(attributes)
        return published
      },
    }
  }

  /** Those of a source, which is forgotten. */
  take(source: string): SourceLetters {
    const letters = this.#sources.get(source) ?? NO_LETTERS
    this.#sources.delete(source)
    return letters
  }

  #add(attributes: Readonly<Record<string, string>>): void {
    const of = (name: string) => attributes[`dead-letter-${name}`] ?? ''
    // one that is in several messages is one
    if (of('part') > '1') return
    const [uri, reason] = [of('file'), of('reason')]
    const { counts, first } = this.#sources.get(uri) ?? { counts: new Map<string, number>(), first: [] }
    this.#sources.set(uri, { counts, first })
    const count = (counts.get(reason) ?? 0) + 1
    counts.set(reason, count)
    if (count > MOST_KEPT) return
    const rejection = { reason, path: of('path'), value: of('value'), message: of('message') }
    first.push({
      where: of('place'),
      uri,
      eventType: of('event-type'),
      rejection: rejection as BadRecord['rejection'],
    })
  }
}
