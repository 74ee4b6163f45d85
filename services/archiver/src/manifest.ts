import type { Hour } from './hours.ts'

/** What is archived of an hour. It is written when all of it is there: an hour without one is not archived. */
export interface Manifest {
  readonly hour: Hour
  /** When it was made, RFC 3339. */
  readonly archived_at: string
  /** All messages of the hour that the record had then. */
  readonly messages: number
  readonly folders: readonly ArchivedFolder[]
  readonly objects: readonly ArchivedObject[]
  /** False where reconcile's keys of it could not be written: they are made by a later run. Absent: it has them. */
  readonly has_keys?: false
}

/** Sums of one folder: of one event type and so many minutes. */
export interface ArchivedFolder {
  readonly folder: string
  readonly event_type: string
  readonly messages: number
  /** BIT_XOR of FARM_FINGERPRINT of the message ids: the same in the record and in the files. */
  readonly fingerprint: string
}

export interface ArchivedObject {
  readonly name: string
  readonly generation: string
  /** Bytes. */
  readonly size: number
  readonly crc32c: string
}

/** @throws Error where the text is no manifest of that hour */
export function readManifest(text: string, hour: Hour): Manifest {
  const manifest = JSON.parse(text) as Partial<Manifest>
  if (manifest.hour !== hour || !Array.isArray(manifest.objects) || !Array.isArray(manifest.folders))
    throw new Error(`this is no manifest of ${hour}: ${text.slice(0, 200)}`)
  return manifest as Manifest
}
