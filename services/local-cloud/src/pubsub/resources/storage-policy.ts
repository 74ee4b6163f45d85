import { GoogleError } from '../../google-error.ts'

/** In which regions messages may be kept: pubsub.proto, MessageStoragePolicy, in proto3 JSON. Here all are on one machine. */
export interface StoragePolicy {
  readonly allowedPersistenceRegions: readonly string[]
  readonly enforceInTransit?: true
}

const REGION = /^[a-z]+(-[a-z]+)+\d+$/

/** undefined where nothing is said. @throws GoogleError INVALID_ARGUMENT that names the region */
export function readStoragePolicy(sent: object | null | undefined): StoragePolicy | undefined {
  const { allowedPersistenceRegions: regions, enforceInTransit } = (sent ?? {}) as Partial<
    Record<keyof StoragePolicy, unknown>
  >
  if (!Array.isArray(regions) || regions.length === 0) {
    if (!enforceInTransit) return undefined
    throw invalid('enforceInTransit needs allowedPersistenceRegions')
  }
  const bad: unknown = regions.find((region) => typeof region !== 'string' || !REGION.test(region))
  if (bad !== undefined) throw invalid(`${JSON.stringify(bad)} is no region`)
  return {
    allowedPersistenceRegions: regions as string[],
    ...(enforceInTransit === true && { enforceInTransit }),
  }
}

const invalid = (what: string): GoogleError =>
  new GoogleError('INVALID_ARGUMENT', `Invalid message_storage_policy: ${what}.`)
