import type { PublishedBefore } from './records.ts'
import { timestampText } from './time-text.ts'

interface FoundMessage {
  readonly json: Uint8Array
  readonly message: PublishedBefore
}

interface Fields {
  readonly fields?: readonly { readonly name: string; readonly type: unknown }[]
}

const WANTED = ['message_id', 'publish_time', 'data', 'attributes'] as const
type Wanted = (typeof WANTED)[number]

/**
 * How the records of a file are messages, where it has the columns of `published_messages` and `dead_letters`: the archive's files, what
 * BigQuery extracts of these tables, what a subscription of Pub/Sub writes to Cloud Storage.
 */
export function messageReader(schema: unknown): ((value: unknown) => FoundMessage) | undefined {
  const types = new Map(((schema as Fields).fields ?? []).map(({ name, type }) => [name, type]))
  if (!WANTED.every((name) => types.has(name))) return undefined
  const read = (row: unknown, name: Wanted): unknown => {
    const value = (row as Record<string, unknown>)[name]
    // of a union it stands by the name of its branch
    return Array.isArray(types.get(name)) && value !== null ? Object.values(value as object)[0] : value
  }
  return (row) => ({
    json: Buffer.from((read(row, 'data') as Uint8Array | null) ?? []),
    message: {
      messageId: (read(row, 'message_id') as string | null) ?? '',
      publishTime: timeOf(read(row, 'publish_time')),
      attributes: attributesOf(read(row, 'attributes')),
    },
  })
}

function timeOf(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return timestampText(value, 6)
  return (value as string | null) ?? ''
}

/** A map, or the text of a JSON object; none where there are none. */
function attributesOf(value: unknown): Readonly<Record<string, string>> {
  const found = typeof value === 'string' ? (JSON.parse(value) as object | null) : (value as object | null)
  return { ...found }
}
