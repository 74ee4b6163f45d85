import {
  columnsOfSchema,
  isHashedTableName,
  isObject,
  type Column,
  type JsonObject,
  type JsonSchema,
} from '@tablestream/table-schema'
import type { TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { isReserved } from '../known/destination.ts'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { readSchema } from './read-schema.ts'
import { typeField } from '../known/type-field.ts'

/** A file with the contract of one event type. */
export interface ContractFile {
  /** `refund.json`: the event type, and what names it in an error. */
  readonly name: string
  readonly text: string
}

/** What a file says. */
export interface ReadContract {
  readonly file: string
  readonly definition: Omit<EventTypeDefinition, 'table'>
  /** undefined where it names none. */
  readonly table: string | undefined
}

/** Where a JSON Schema says what is beyond JSON Schema. */
const OWN = 'x-tablestream'
const SETTINGS = ['event_type', 'table', 'time_field', 'cluster_by']
const LONGEST_TYPE = 1024
const MOST_CLUSTERS = 4
/** Names that tables had by a hash are among them: they may go on under a contract (decision 0047). */
const TABLE = /^[a-z][a-z0-9_]{0,210}$/
/** Docs: "Clustered tables", column types. */
const CLUSTERED = ['STRING', 'INT64', 'BOOL', 'TIMESTAMP', 'DATE']

/**
 * @param problem is told each thing that no contract can be made of, with its place in the file
 * @returns undefined where there is such a thing
 */
export function readContract(
  { name, text }: ContractFile,
  problem: (sentence: string) => void,
): ReadContract | undefined {
  let isGood = true
  const refuse = (at: string, what: string): undefined => {
    isGood = false
    problem(`${name}#${at} ${what}`)
    return undefined
  }
  const document = parse(text)
  if (typeof document === 'string') return refuse('', `is no JSON: ${document}`)
  if (!isObject(document)) return refuse('', 'is no JSON Schema of an object')
  const { schema, problems } = readSchema(document)
  for (const { at, what } of problems) refuse(at, what)
  const own = document[OWN] ?? {}
  if (!isObject(own)) return refuse(`/${OWN}`, 'must be an object')
  for (const setting of Object.keys(own))
    if (!SETTINGS.includes(setting))
      refuse(`/${OWN}/${setting}`, `is no setting: they are ${SETTINGS.join(', ')}`)
  const type = own['event_type'] ?? name.replace(/(?:\.schema)?\.json$/, '')
  const table = own['table']
  if (!isType(type)) return refuse(`/${OWN}/event_type`, `must be a text of ${LONGEST_TYPE} bytes at most`)
  if (table !== undefined && !isTableName(table))
    refuse(
      `/${OWN}/table`,
      'must be small letters, digits and _, and the name of nothing else in the dataset',
    )
  if (!schema) return undefined
  const completed = withEventType(schema, type)
  const columns = new Map(columnsOfSchema(completed).map((column) => [column.name, column]))
  const timeField = timeFieldOf(own, columns, refuse)
  const clusterBy = clustersOf(own, columns, refuse)
  const named = typeField()
  const asked = schema.properties?.[named]
  if (asked && !Compile(asked as object).Check(type))
    refuse(`/properties/${named}`, `takes no ${JSON.stringify(type)}, which is the event type of this file`)
  if (!isGood) return undefined
  const definition = { type, schema: completed as unknown as TObject, clusterBy }
  return {
    file: name,
    definition: timeField === undefined ? definition : { ...definition, timeField },
    table: table as string | undefined,
  }
}

/** The value, or what is wrong with the text. */
function parse(text: string): JsonObject | string | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? null : (value as JsonObject)
  } catch (error) {
    // it may show some of the text, with its lines
    return (error as Error).message.replaceAll(/\s+/g, ' ')
  }
}

function isType(type: unknown): type is string {
  return (
    typeof type === 'string' &&
    type.trim() !== '' &&
    type.isWellFormed() &&
    Buffer.byteLength(type) <= LONGEST_TYPE
  )
}

function isTableName(table: unknown): boolean {
  return typeof table === 'string' && TABLE.test(table) && !isHashedTableName(table) && !isReserved(table)
}

/** Every event names its type, and may bring an id and a day: a contract that allows no other fields need not say so. */
function withEventType(schema: JsonSchema, type: string): JsonSchema {
  const isClosed = (schema as { readonly additionalProperties?: unknown }).additionalProperties === false
  const envelope: Record<string, JsonSchema> = isClosed
    ? { event_id: {}, event_date: { type: 'string', format: 'date' } }
    : {}
  const { required = [] } = schema
  const named = typeField()
  return {
    ...schema,
    required: required.includes(named) ? required : [named, ...required],
    properties: { [named]: { type: 'string', const: type }, ...envelope, ...schema.properties },
  }
}

type Columns = ReadonlyMap<string, Column>
type Refuse = (at: string, what: string) => undefined

function timeFieldOf(own: JsonObject, columns: Columns, refuse: Refuse): string | undefined {
  const field = own['time_field']
  if (field === undefined) return undefined
  const column = typeof field === 'string' ? columns.get(field) : undefined
  if (column?.type !== 'TIMESTAMP' || column.mode === 'REPEATED')
    return refuse(`/${OWN}/time_field`, 'must name a field of the format date-time in properties')
  return column.name
}

function clustersOf(own: JsonObject, columns: Columns, refuse: Refuse): readonly string[] {
  const given = own['cluster_by'] ?? []
  const names = Array.isArray(given) ? (given as unknown[]) : [given]
  const takes = (name: unknown): name is string => {
    const column = typeof name === 'string' ? columns.get(name) : undefined
    return column !== undefined && column.mode !== 'REPEATED' && CLUSTERED.includes(column.type)
  }
  const isRight = names.length <= MOST_CLUSTERS && new Set(names).size === names.length && names.every(takes)
  if (!isRight)
    refuse(
      `/${OWN}/cluster_by`,
      `must name ${MOST_CLUSTERS} different fields of properties at most, each a text, time, day, integer or boolean`,
    )
  return isRight ? names : []
}
