import type { Column } from '@tablestream/table-schema'
import type { LoadParts } from '../load-parts.ts'
import { createSurveyor, type Survey } from '../survey.ts'
import type { SmallFile } from './read-small.ts'

/** Looks at the records of small files together, as they would land. */
export class SmallSurvey {
  readonly #parts: LoadParts
  readonly #known = new Map<string, readonly Column[] | undefined>()
  readonly #surveyor
  files = 0

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#surveyor = createSurveyor(parts.policies, (eventType) => this.#known.get(eventType))
  }

  async add({ records }: SmallFile): Promise<void> {
    const { warehouse, tableOf } = this.#parts
    this.files++
    for (const { judged, place } of records) {
      if (judged.outcome === 'event' && !this.#known.has(judged.envelope.eventType)) {
        const { eventType } = judged.envelope
        this.#known.set(eventType, (await warehouse.table(tableOf(eventType)))?.columns)
      }
      this.#surveyor.add(judged, place)
    }
  }

  /** A bad record is told with its file. */
  get result(): Survey {
    const { bad, ...rest } = this.#surveyor.result
    return { ...rest, bad: bad.map((each) => ({ ...each, where: `${each.uri}, ${each.where}` })) }
  }
}
