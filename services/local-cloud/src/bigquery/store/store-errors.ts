import { GoogleError } from '../../google-error.ts'
import { isOutOfMemory } from '../errors.ts'

const CONFLICT = /Conflict on (?:tuple deletion|update)|(?:write-write|[Tt]ransaction) conflict/

/** @throws as `asLimit` has it */
export async function limited<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asLimit(error)
  }
}

/** A full disk, and no memory left, are limits of this machine, which callers hear as they hear of Google's. */
export function asLimit(error: unknown): unknown {
  if (isOutOfMemory(error))
    return new GoogleError('RESOURCE_EXHAUSTED', 'There is no memory left for this change.', { cause: error })
  const full = error instanceof Error && /no space left|ENOSPC|could not write/i.test(error.message)
  return full
    ? new GoogleError('RESOURCE_EXHAUSTED', `The disk is full: ${error.message}`, { cause: error })
    : error
}

/** Whether rows are not changed because another transaction has changed some. */
export const isConflict = (error: unknown): boolean =>
  error instanceof Error && (CONFLICT.test(error.message) || isConflict(error.cause))
