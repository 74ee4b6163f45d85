import { destination, typeField, type EventPolicies, type Rejection } from '@tablestream/contract'
import {
  plan,
  planAll,
  shapeOf,
  toJsonText,
  parseJson,
  type Column,
  type JsonObject,
  type PlanOptions,
} from '@tablestream/table-schema'
import type { Place } from './formats/index.ts'
import type { JudgedRecord } from './judge/judge-record.ts'
import { textOfPlace } from './text-of-place.ts'

/** What a look at a share of a source has found: all that the tables must take, and what is wrong. Plain JSON. */
export interface Survey {
  readonly records: number
  /** Of those that are events. */
  readonly bytes: number
  readonly rejected: number
  /** That begin in it, where it has lines. */
  readonly lines: number
  /** By event type. */
  readonly types: Readonly<Record<string, SurveyedType>>
  /** The first of those that are no events, */
  readonly bad: readonly BadRecord[]
}

export interface SurveyedType {
  readonly records: number
  /** JSON texts of shapes that together ask for every column that the records need. */
  readonly shapes: readonly string[]
}

export interface BadRecord {
  /** In words: `line 17` */
  readonly where: string
  readonly uri: string
  readonly eventType: string
  readonly rejection: Rejection
}

/** So many bad records are shown. */
const MOST_BAD = 10
/** An event whose values conflict in another way than those before it is planned together with all of them; not for ever. */
const MOST_CONFLICT_KINDS = 1000

export function badRecordOf(
  { rejection, eventType }: Extract<JudgedRecord, { outcome: 'rejected' }>,
  place: Place,
): BadRecord {
  return { where: textOfPlace(place), uri: place.uri, eventType, rejection }
}

export interface Surveyor {
  /** @returns the columns that the type of an event has by now */
  add(judged: JudgedRecord, place: Place): readonly Column[] | undefined
  /** Counts an event whose type has all the columns that it needs, as it was found otherwise. */
  count(judged: JudgedRecord & { readonly outcome: 'event' }): void
  readonly result: Survey
  /** Of it what is known without a look at all shapes. */
  readonly counts: Pick<Survey, 'records' | 'rejected' | 'bad'>
  /** Begins with another share: what those before it ask for is known, and is not told again. */
  next(): void
}

/** @param columnsOf the columns of a type's table; undefined where there is none */
export function createSurveyor(
  policies: EventPolicies,
  columnsOf: (eventType: string) => readonly Column[] | undefined,
): Surveyor {
  const types = new Map<string, TypeSurvey>()
  let bad: BadRecord[] = []
  let records = 0
  let bytes = 0
  let rejected = 0
  return {
    add(judged, place) {
      records++
      if (judged.outcome === 'rejected') {
        rejected++
        if (bad.length < MOST_BAD) bad.push(badRecordOf(judged, place))
        return undefined
      }
      bytes += judged.data.length
      const { eventType, event } = judged.envelope
      let survey = types.get(eventType)
      if (!survey) {
        survey = new TypeSurvey(columnsOf(eventType), planningOf(eventType, policies))
        types.set(eventType, survey)
      }
      return survey.add(event)
    },
    count({ data, envelope }) {
      records++
      bytes += data.length
      types.get(envelope.eventType)!.count()
    },
    get result() {
      const told = [...types].flatMap(([type, { result }]) => (result.records > 0 ? [[type, result]] : []))
      return { records, bytes, rejected, lines: 0, types: Object.fromEntries(told) as Survey['types'], bad }
    },
    get counts() {
      return { records, rejected, bad }
    },
    next() {
      for (const survey of types.values()) survey.next()
      bad = []
      records = 0
      bytes = 0
      rejected = 0
    },
  }
}

/** How the table of a type may grow: as stream-writer plans it. */
export function planningOf(eventType: string, policies: EventPolicies): PlanOptions {
  const { columns, quarantine, column_limit: columnLimit } = policies.of(eventType)
  const evolves = columns === 'evolve' && quarantine === undefined
  return { contract: destination(eventType).contract, columnLimit, columns: evolves ? 'evolve' : 'freeze' }
}

class TypeSurvey {
  readonly #base: readonly Column[] | undefined
  readonly #options: PlanOptions
  readonly #shapes: JsonObject[] = []
  readonly #conflicts = new Set<string>()
  #grown: readonly Column[] | undefined
  /** Of the shapes, those that were told. */
  #told = 0
  #records = 0

  constructor(base: readonly Column[] | undefined, options: PlanOptions) {
    this.#base = base
    this.#options = options
    this.#grown = base
  }

  /** @returns the columns that there are by now; those of the last event where it needs no others */
  add(event: JsonObject): readonly Column[] | undefined {
    this.#records++
    const planned = plan(this.#grown, event, this.#options)
    if (planned.outcome === 'fits' && planned.conflicts.length === 0) return this.#grown
    // columns that are new may become others for both: then all shapes are planned together
    const isNewConflict = planned.conflicts.some(({ path, reason, value }) => {
      const kind = `${path.replaceAll(/\/\d+(?=\/|$)/g, '/0')} ${reason} ${typeof value}`
      if (this.#conflicts.has(kind) || this.#conflicts.size >= MOST_CONFLICT_KINDS) return false
      this.#conflicts.add(kind)
      return true
    })
    if (planned.outcome === 'fits' && !isNewConflict) return this.#grown
    const shape = shapeOf(event, typeField())
    this.#shapes.push(shape)
    const isOther = isNewConflict || planned.widened.length > 0
    this.#grown = isOther ? planAll(this.#base, this.#shapes, this.#options).columns : planned.columns
    return this.#grown
  }

  count(): void {
    this.#records++
  }

  get result(): SurveyedType {
    return { records: this.#records, shapes: this.#shapes.slice(this.#told).map(toJsonText) }
  }

  next(): void {
    this.#told = this.#shapes.length
    this.#records = 0
  }
}

/** All that a source asks for: of its shares, in their order. */
export function mergeSurveys(surveys: readonly Survey[]): Survey {
  const types = new Map<string, { records: number; shapes: string[] }>()
  for (const survey of surveys) {
    for (const [type, { records, shapes }] of Object.entries(survey.types)) {
      const merged = types.get(type) ?? { records: 0, shapes: [] }
      types.set(type, merged)
      merged.records += records
      // what one share asks for, the next one mostly asks for too
      merged.shapes = [...new Set([...merged.shapes, ...shapes])]
    }
  }
  return {
    records: surveys.reduce((sum, { records }) => sum + records, 0),
    bytes: surveys.reduce((sum, { bytes }) => sum + bytes, 0),
    rejected: surveys.reduce((sum, { rejected }) => sum + rejected, 0),
    lines: surveys.reduce((sum, { lines }) => sum + lines, 0),
    types: Object.fromEntries(types),
    bad: surveys.flatMap(({ bad }) => bad).slice(0, MOST_BAD),
  }
}

export function shapesOf({ shapes }: SurveyedType): readonly JsonObject[] {
  return shapes.map((text) => parseJson(text) as JsonObject)
}
