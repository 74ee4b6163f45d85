import { destination } from '@tablestream/contract'
import type { ColumnType } from '@tablestream/table-schema'
import { CsvTypes, readPortion, type CsvShape, type Portion } from './formats/index.ts'
import { numbered } from './rows.ts'
import { isOurs, readSurely, type SourceLoad } from './source-load.ts'
import { waitForAll } from './wait-for-all.ts'

/** Types of the columns of CSV, in their order; undefined: a column that holds nothing. */
export type TextTypes = readonly (ColumnType | undefined)[]

const nameOf = ({ index }: Portion) => `types-${numbered(index)}.json`

/**
 * What the texts of CSV are: what the contract says of their type's fields, else what all values of the whole file can be. A transform
 * gets texts, and makes of them what they are. Undefined for a source that says itself what its values are.
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
  return asDeclared(all, shape, parts.eventType)
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
  return asDeclared(all, shape, parts.eventType)
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

function asDeclared(found: CsvTypes, { columns }: CsvShape, eventType: string | undefined): TextTypes {
  const contract = eventType === undefined ? [] : destination(eventType).contract
  const declared = new Map(contract.map(({ key, type }) => [key, type]))
  return found
    .types()
    .map((type, at) => (type === undefined ? undefined : (declared.get(columns[at]!) ?? type)))
}
