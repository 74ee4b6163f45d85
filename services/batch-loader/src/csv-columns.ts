import { destination, knownType, typeField } from '@tablestream/contract'
import type { ColumnType } from '@tablestream/table-schema'
import { CsvTypes, readPortion, type CsvShape, type Portion } from './formats/index.ts'
import { numbered } from './written.ts'
import { isOurs, readSurely, type SourceLoad } from './source-load.ts'
import { waitForAll } from './wait-for-all.ts'

/** Types of the columns of CSV, in their order; undefined: a column that holds nothing. */
export type TextTypes = readonly (ColumnType | undefined)[]

const nameOf = ({ index }: Portion) => `types-${numbered(index)}.json`

/**
 * What the texts of CSV can be: what all values of the whole file are. A transform gets texts, and makes of them what they are. Undefined
 * for a source that says itself what its values are.
 */
export async function textTypes(source: SourceLoad): Promise<TextTypes | undefined> {
  const { recognised, portions, workshop, parts } = source
  const shape = recognised.csv
  if (!shape) return undefined
  if (parts.transform) return shape.columns.map(() => 'STRING')
  const done = await workshop.names()
  for (const portion of portions) {
    if (!isOurs(source, portion.index) || done.has(nameOf(portion))) continue
    await workshop.make(nameOf(portion), (await lookAt(source, shape, portion)).toJSON())
  }
  await waitForAll(workshop, portions.map(nameOf), parts.waitMs)
  const all = new CsvTypes(shape.columns.length)
  for (const portion of portions) all.merge(await readSurely<readonly number[]>(workshop, nameOf(portion)))
  return all.types()
}

/** The same where nothing is kept, for a dry run. */
export async function textTypesAtOnce(
  source: Pick<SourceLoad, 'object' | 'recognised' | 'portions' | 'parts'>,
): Promise<TextTypes | undefined> {
  const { recognised, portions, parts } = source
  const shape = recognised.csv
  if (!shape) return undefined
  if (parts.transform) return shape.columns.map(() => 'STRING')
  const all = new CsvTypes(shape.columns.length)
  for (const portion of portions) all.merge((await lookAt(source, shape, portion)).toJSON())
  return all.types()
}

async function lookAt(
  { object, recognised }: Pick<SourceLoad, 'object' | 'recognised'>,
  shape: CsvShape,
  portion: Portion,
): Promise<CsvTypes> {
  const types = new CsvTypes(shape.columns.length)
  for await (const batch of readPortion(object, recognised, portion))
    for (const read of batch) if (read.kind === 'texts') types.take(read.texts)
  return types
}

/** What the texts of a row are: what the contract of its event type says of its fields, else what they can be in the whole file. */
export function declaredTypes(
  { columns }: CsvShape,
  found: TextTypes,
  eventType: string | undefined,
): (texts: readonly (string | undefined)[]) => TextTypes {
  const at = columns.indexOf(typeField())
  // a type may be called 7
  const inferred = found.map((each, index) => (index === at ? 'STRING' : each))
  const known = new Map<string, TextTypes>()
  const typesOf = (type: string): TextTypes => {
    // the contract has an id as a text, which is no column of its own
    const declared = new Map<string, ColumnType>([['event_id', 'STRING']])
    for (const { key, type: own } of destination(type).contract) declared.set(key, own)
    return inferred.map((each, index) =>
      each === undefined ? undefined : (declared.get(columns[index]!) ?? each),
    )
  }
  return (texts) => {
    const type = eventType ?? texts[at] ?? ''
    // a type that nobody declared has no contract
    if (!knownType(type)) return inferred
    const types = known.get(type) ?? typesOf(type)
    known.set(type, types)
    return types
  }
}
