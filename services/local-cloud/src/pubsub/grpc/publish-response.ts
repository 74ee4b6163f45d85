// PublishResponse: message_ids = 1
const MESSAGE_IDS = (1 << 3) | 2

/** The bytes of a PublishResponse. Ids are digits, fewer than 128: a byte each. */
export function encodePublishResponse(ids: readonly string[]): Buffer {
  const length = ids[0]?.length ?? 0
  // as they nearly always are: one text, whose bytes are written at once
  if (ids.length > 0 && ids.every((id) => id.length === length)) {
    const head = headOf(length)
    return Buffer.from(head + ids.join(head), 'latin1')
  }
  return Buffer.from(ids.map((id) => headOf(id.length) + id).join(''), 'latin1')
}

const headOf = (length: number): string => String.fromCharCode(MESSAGE_IDS, length)
