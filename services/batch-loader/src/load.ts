import { loadObject, type SourceReport } from './load-object.ts'
import type { LoadParts } from './load-parts.ts'
import { findObjects } from './sources/index.ts'

/** Loads sources, one after the other. Tells of each as soon as it has its end. */
export async function* loadSources(
  sources: readonly string[],
  parts: LoadParts,
): AsyncIterable<SourceReport> {
  for await (const object of findObjects(sources, parts)) {
    parts.progress.begin(object.uri, object.bytes)
    try {
      yield await loadObject(object, parts)
    } finally {
      await object.close?.()
    }
  }
}
