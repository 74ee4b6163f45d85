import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Buckets } from './buckets.ts'
import { StorageError } from './errors.ts'
import { changeSettings, type StoredObject } from './object-metadata.ts'
import { checkPreconditions, numberOf, type Preconditions } from './preconditions.ts'

export interface ComposeRequest {
  readonly destination?: Readonly<Record<string, unknown>>
  readonly sourceObjects?: readonly {
    readonly name?: string
    readonly generation?: string | number | null
    readonly objectPreconditions?: { readonly ifGenerationMatch?: string | number | null } | null
  }[]
}

const MOST_SOURCES = 32

/** Makes an object of others of its bucket, one behind the other. @throws StorageError */
export async function compose(
  buckets: Buckets,
  target: { readonly bucket: string; readonly name: string; readonly preconditions: Preconditions },
  { destination = {}, sourceObjects = [] }: ComposeRequest,
): Promise<StoredObject> {
  if (sourceObjects.length === 0)
    throw new StorageError('required', 'You must provide at least one source component.')
  if (sourceObjects.length > MOST_SOURCES) {
    const message = `The number of source components provided (${sourceObjects.length}) exceeds the maximum (${MOST_SOURCES})`
    throw new StorageError('invalid', message)
  }
  // the client for Python sends null for what nobody asks for
  const text = (value: string | number | null | undefined) =>
    value === undefined || value === null ? undefined : String(value)
  const sources = sourceObjects.map(({ name = '', generation, objectPreconditions }) => {
    const source = buckets.object(target.bucket, name, numberOf('generation', text(generation)))
    const wanted = numberOf('ifGenerationMatch', text(objectPreconditions?.ifGenerationMatch))
    if (wanted !== undefined) checkPreconditions({ ifGenerationMatch: wanted }, source)
    return source
  })
  const path = buckets.files.incoming()
  const all = async function* () {
    for (const source of sources) yield* createReadStream(buckets.files.path(source))
  }
  await pipeline(all, createWriteStream(path))
  const componentCount = sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0)
  return buckets.put({ ...target, settings: changeSettings({}, destination), path, componentCount })
}
