import type { Portion, Read, SourceObject } from './records.ts'

const NEWLINE = 10

/** Shares that begin where a line does: each of about so many bytes. */
export async function ndjsonPortions(object: SourceObject, bytes: number): Promise<readonly Portion[]> {
  const { uri, version, bytes: size = 0 } = object
  const starts = [0]
  for (let at = bytes; at < size; at += bytes) {
    const start = await nextLine(object, at - 1)
    if (start !== undefined && start < size && start > starts.at(-1)!) starts.push(start)
  }
  return starts.map((from, index) => ({
    uri,
    version,
    index,
    of: starts.length,
    from,
    until: starts[index + 1] ?? Number.POSITIVE_INFINITY,
    ...(index === 0 && { firstLine: 1 }),
  }))
}

/** Where the first line behind this byte begins. */
async function nextLine(object: SourceObject, start: number): Promise<number | undefined> {
  let at = start
  for await (const chunk of object.open({ start }) as AsyncIterable<Buffer>) {
    const found = chunk.indexOf(NEWLINE)
    if (found >= 0) return at + found + 1
    at += chunk.length
  }
  return undefined
}

/** The lines of a share, without empty ones. */
export async function* readNdjson(object: SourceObject, portion: Portion): AsyncIterable<readonly Read[]> {
  const { from, until, firstLine } = portion
  const range = { start: from, ...(Number.isFinite(until) && { end: until }) }
  let rest: Buffer = Buffer.alloc(0)
  let byte = from
  let line = firstLine ?? 0
  const take = (text: Buffer): Read[] => {
    const place = { uri: object.uri, byte, ...(firstLine !== undefined && { line }) }
    byte += text.length + 1
    line++
    return text.toString('latin1').trim() === '' ? [] : [{ kind: 'record', json: text, place }]
  }
  for await (const chunk of object.open(range) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const batch: Read[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      batch.push(...take(bytes.subarray(start, end)))
      start = end + 1
    }
    rest = bytes.subarray(start)
    yield batch
  }
  if (rest.length > 0) yield take(rest)
  await object.check()
}
