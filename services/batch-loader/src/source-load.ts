import type { ColumnType } from '@tablestream/table-schema'
import type { Portion, Recognised, SourceObject } from './formats/index.ts'
import type { Workshop } from './google/storage.ts'
import type { LoadName } from './ledger.ts'
import { LoadError } from './load-error.ts'
import type { LoadParts } from './load-parts.ts'

/** What all steps of one source have at hand. */
export interface SourceLoad {
  readonly object: SourceObject
  readonly recognised: Recognised
  readonly portions: readonly Portion[]
  /** Of the columns of CSV. */
  readonly types: readonly (ColumnType | undefined)[] | undefined
  readonly load: LoadName
  readonly workshop: Workshop
  /** RFC 3339: when the load began, on whatever machine. */
  readonly begunAt: string
  readonly parts: LoadParts
}

/** Whether a share is this task's. Sources begin with another task each: those of one share are shared out, too. */
export function isOurs({ parts, load }: Pick<SourceLoad, 'parts' | 'load'>, index: number): boolean {
  const first = Number.parseInt(load.loadId.slice(0, 8), 16) % parts.tasks
  return (first + index) % parts.tasks === parts.task
}

/** @throws LoadError where an object is gone that was there */
export async function readSurely<T>(workshop: Workshop, name: string): Promise<T> {
  const value = await workshop.read<T>(name)
  if (value === undefined)
    throw new LoadError('portion_missing', `${workshop.uriOf(name)} was there, and is gone`)
  return value
}
