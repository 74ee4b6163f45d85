import { SourceError, type SourceObject } from './formats/index.ts'
import { aboutSource, LoadError } from './load-error.ts'
import { loadObject, type SourceReport } from './load-object.ts'
import type { LoadParts } from './load-parts.ts'

/** Loads a source by itself, in its shares, and closes it. What cannot be read is told, and stops nothing else. @throws LoadError */
export async function loadAlone(object: SourceObject, parts: LoadParts): Promise<SourceReport> {
  parts.progress.begin(object.uri, object.bytes)
  try {
    return await loadObject(object, parts)
  } catch (error) {
    if (error instanceof SourceError) return { outcome: 'not loaded', source: object.uri, error }
    if (!(error instanceof LoadError)) throw error
    const told = aboutSource(error, object.uri)
    // it is gone for this file alone
    if (error.rule === 'source_gone') return { outcome: 'not loaded', source: object.uri, error: told }
    throw told
  } finally {
    await object.close?.()
  }
}
