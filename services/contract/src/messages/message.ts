/** A Pub/Sub message, whoever delivered it. */
export interface Message {
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  /** One attribute, for a message that finds it faster than all of them. */
  readonly attribute?: (name: string) => string | undefined
  readonly messageId: string
  /** RFC 3339. */
  readonly publishTime: string
}

export function attributeOf(
  message: Pick<Message, 'attributes' | 'attribute'>,
  name: string,
): string | undefined {
  return message.attribute ? message.attribute(name) : message.attributes[name]
}
