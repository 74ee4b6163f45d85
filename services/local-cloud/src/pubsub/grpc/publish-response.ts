// PublishResponse: message_ids = 1
const MESSAGE_IDS = (1 << 3) | 2

/** The bytes of a PublishResponse. Ids are digits, fewer than 128: a byte each. */
export function encodePublishResponse(ids: readonly string[]): Buffer {
  let size = 0
  for (const id of ids) size += 2 + id.length
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const id of ids) {
    bytes[at++] = MESSAGE_IDS
    bytes[at++] = id.length
    for (let index = 0; index < id.length; index++) bytes[at++] = id.charCodeAt(index)
  }
  return bytes
}
