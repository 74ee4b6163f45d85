import { SourceError, type SourceObject } from './formats/index.ts'
import { loadAlone } from './load-alone.ts'
import { LoadError } from './load-error.ts'
import type { SourceReport } from './load-object.ts'
import type { LoadParts } from './load-parts.ts'
import { isSmall, SmallFiles } from './small/small-files.ts'
import { findObjects } from './sources/index.ts'

/**
 * Loads sources, one after the other, small files together. Tells of each as soon as it has its end. One that cannot be read is passed
 * over, and told of.
 *
 * @throws LoadError where nothing more can be loaded; SourceError where a source means nothing
 */
export async function* loadSources(
  sources: readonly string[],
  parts: LoadParts,
): AsyncIterable<SourceReport> {
  yield* loadObjects(findObjects(sources, parts), parts)
}

/** The same for objects that were found. @throws what the finding throws, behind the end of all that was found before it */
export async function* loadObjects(
  objects: AsyncIterable<SourceObject> | Iterable<SourceObject>,
  parts: LoadParts,
): AsyncIterable<SourceReport> {
  const small = new SmallFiles(parts)
  yield* small.begin()
  try {
    for await (const object of objects) {
      if (isSmall(object, parts)) yield* small.add(object)
      else yield await loadAlone(object, parts)
    }
  } catch (error) {
    // a source that means nothing, or cannot land: what was found before it is loaded all the same
    if (error instanceof SourceError || error instanceof LoadError) yield* small.end()
    throw error
  }
  yield* small.end()
}
