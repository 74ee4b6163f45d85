import type { PublishedBefore } from './records.ts'
import { timestampText } from './time-text.ts'
import { Unwritable, writeField } from './unwritable.ts'

interface FoundMessage {
  readonly json: Uint8Array
  readonly message: PublishedBefore
}

/** A message whose time or attributes are none. */
interface WrongMessage {
  readonly json: Uint8Array
  /** Where, and why. */
  readonly reason: string
}

interface Fields {
  readonly fields?: readonly { readonly name: string; readonly type: unknown }[]
}

/** What a row is as a message. */
export type MessageReader = (row: unknown) => FoundMessage | WrongMessage

const WANTED = ['message_id', 'publish_time', 'data', 'attributes'] as const
type Wanted = (typeof WANTED)[number]

/**
 * How the records of a file are messages, where it has the columns of `published_messages` and `dead_letters`: the archive's files, what
 * BigQuery extracts of these tables, what a subscription of Pub/Sub writes to Cloud Storage.
 */
export function messageReader(schema: unknown): MessageReader | undefined {
  const types = new Map(((schema as Fields).fields ?? []).map(({ name, type }) => [name, type]))
  if (!WANTED.every((name) => types.has(name))) return undefined
  const read = (row: unknown, name: Wanted): unknown => {
    const value = (row as Record<string, unknown>)[name]
    // of a union it stands by the name of its branch
    return Array.isArray(types.get(name)) && value !== null ? Object.values(value as object)[0] : value
  }
  return (row) => {
    const json = Buffer.from((read(row, 'data') as Uint8Array | null) ?? [])
    try {
      const message = {
        messageId: (read(row, 'message_id') as string | null) ?? '',
        publishTime: timeOf(read(row, 'publish_time')),
        attributes: attributesOf(read(row, 'attributes')),
      }
      return { json, message }
    } catch (error) {
      if (!(error instanceof Unwritable)) throw error
      return { json, reason: error.message }
    }
  }
}

function timeOf(value: unknown): string {
  if (typeof value !== 'bigint' && typeof value !== 'number') return (value as string | null) ?? ''
  return writeField((count) => timestampText(count as bigint | number, 6), 'publish_time', value)
}

/** A map, or the text of a JSON object; none where there are none. @throws Unwritable where the text is another */
function attributesOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'string') return { ...(value as Readonly<Record<string, string>> | null) }
  const found = parsed(value)
  const isNone = typeof found !== 'object' || Array.isArray(found)
  if (isNone || Object.values(found ?? {}).some((each) => typeof each !== 'string'))
    throw new Unwritable('/attributes: it is no JSON object of texts')
  return { ...(found as Readonly<Record<string, string>> | null) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unwritable(`/attributes: it is no JSON: ${(error as Error).message}`, { cause: error })
  }
}
