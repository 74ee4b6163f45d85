import type { Column } from '@tablestream/table-schema'
import type { Portion } from './formats/index.ts'
import type { LoadsAhead } from './land/loads-ahead.ts'
import type { JudgedRecord } from './judge/judge-record.ts'
import { readJudged, type ReadFrom } from './read-judged.ts'
import { refuseBad, SURE } from './refuse-bad.ts'
import { aheadName, RowsAhead, type Ahead } from './rows-ahead.ts'
import { numbered } from './written.ts'
import { isOurs, readSurely, type SourceLoad } from './source-load.ts'
import { createSurveyor, type Survey, type Surveyor } from './survey.ts'
import { waitForAll } from './wait-for-all.ts'

const surveyName = ({ index }: Portion) => `survey-${numbered(index)}.json`

/** Surveys the shares of a source that are this task's, and waits for those of others. Rows are made and loaded meanwhile. */
export async function surveyAll(source: SourceLoad, loads?: LoadsAhead): Promise<readonly Survey[]> {
  const { portions, workshop, parts } = source
  const done = await workshop.names()
  const known = new Map<number, number>()
  const look = new SourceSurvey(source)
  for (const portion of portions) {
    if (!isOurs(source, portion.index) || done.has(surveyName(portion))) continue
    // whose own it is that stands before it may be another's: then bad records are told by bytes
    const before = known.get(portion.index - 1)
    const place = portion.index === 0 ? 1 : before
    const counted = { ...portion, ...(place !== undefined && { firstLine: place }) }
    // a query is asked twice: what came between its answers stops the load
    const ahead = source.object.rows ? undefined : new RowsAhead(source, counted, loads)
    const survey = await look.portion(counted, ahead)
    if (place !== undefined) known.set(portion.index, place + survey.lines)
    const made = await ahead?.finish()
    // before the survey: who finds that does not look here again
    if (made) await workshop.make<Ahead>(aheadName(portion), made)
    await workshop.make(surveyName(portion), survey)
  }
  await waitForAll(workshop, portions.map(surveyName), parts.waitMs)
  return Promise.all(portions.map((portion) => readSurely<Survey>(workshop, surveyName(portion))))
}

type JudgedEvent = Extract<JudgedRecord, { readonly outcome: 'event' }>

/** Looks at shares of a source, one behind the other. */
export class SourceSurvey {
  readonly #source: ReadFrom
  readonly #surveyor: Surveyor
  /** Columns of the tables of types. */
  readonly #known = new Map<string, readonly Column[] | undefined>()

  constructor(source: ReadFrom) {
    this.#source = source
    this.#surveyor = createSurveyor(source.parts.policies, (eventType) => this.#known.get(eventType))
  }

  /** @param ahead makes rows of the records meanwhile */
  async portion(portion: Portion, ahead?: RowsAhead): Promise<Survey> {
    const surveyor = this.#surveyor
    const known = this.#known
    const { parts, object } = this.#source
    const count = { lines: 0 }
    surveyor.next()
    for await (const { judged, place } of readJudged(this.#source, portion, count)) {
      for (let index = 0; index < judged.length; index++) {
        const each = judged[index]!
        // writing a row is also the quickest look whether the columns take it
        const added = each.outcome === 'event' ? ahead?.addComplete(each, place[index]!) : undefined
        if (added !== undefined) {
          surveyor.count(each as JudgedEvent)
          if (added) await ahead!.settle()
          continue
        }
        if (each.outcome === 'event' && !known.has(each.envelope.eventType)) {
          const { eventType } = each.envelope
          known.set(eventType, (await parts.warehouse.table(parts.tableOf(eventType)))?.columns)
        }
        const columns = surveyor.add(each, place[index]!)
        if (ahead?.add(each, place[index]!, columns)) await ahead.settle()
      }
      refuseBad(surveyor.counts, parts.maxBad, object.uri, SURE)
    }
    return { ...surveyor.result, lines: count.lines }
  }
}
