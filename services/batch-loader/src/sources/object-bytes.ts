import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoff, codeOf, NOT_FOUND } from '@tablestream/service-kit'
import { SourceError, type ByteRange } from '../formats/records.ts'
import { mayPass, PATIENCE, untilItPasses, type Patience } from '../google/passing.ts'
import { sourceErrorOf } from './source-error-of.ts'

export interface ObjectBytes {
  readonly uri: string
  /** Of all of it. */
  readonly bytes: number
  /** Its bytes of one version, by a range whose end is the byte behind the last one; absent: all. */
  readonly open: (range?: Required<ByteRange>) => Readable
}

/**
 * The bytes of an object from `start` up to and without `end`. Where the connection ends before the last one, the rest is asked for: of
 * the same version, so it is as if it had never ended.
 *
 * @throws SourceError
 */
export async function* objectBytes(
  { uri, bytes, open }: ObjectBytes,
  { start, end }: Required<ByteRange>,
  { tries, pauses }: Patience = PATIENCE,
): AsyncGenerator<Buffer> {
  let at = start
  for (let failures = 0; at < end;) {
    const begun = at
    let why: unknown
    try {
      const range = at === 0 && end === bytes ? undefined : { start: at, end }
      for await (const chunk of open(range) as AsyncIterable<Buffer>) {
        at += chunk.length
        yield chunk
      }
      if (at >= end) return
      why = new Error(`its bytes end at ${at} of ${end}`)
    } catch (error) {
      // the checksum of all is wrong, or somebody said why
      if (!mayPass(error)) throw whyNot(error, uri)
      if (at >= end) return
      why = error
    }
    failures = at > begun ? 1 : failures + 1
    if (failures === tries) throw whyNot(why, uri)
    await sleep(backoff(failures, pauses))
  }
}

function whyNot(error: unknown, uri: string): SourceError {
  if (codeOf(error) !== NOT_FOUND) return sourceErrorOf(error, uri)
  return new SourceError('changed', 'its version is not there any more', { uri }, { cause: error })
}

/** All bytes at once: asked for anew where their checksum is not that of Cloud Storage. @throws SourceError */
export async function allBytes(object: ObjectBytes, patience: Patience = PATIENCE): Promise<Buffer> {
  try {
    return await untilItPasses(async () => {
      const content = await buffer(object.open())
      if (content.length === object.bytes) return content
      const what = `its bytes end at ${content.length} of ${object.bytes}`
      throw Object.assign(new Error(what), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
    }, patience)
  } catch (error) {
    throw whyNot(error, object.uri)
  }
}
