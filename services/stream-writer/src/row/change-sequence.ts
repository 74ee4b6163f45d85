import type { Message } from '@tablestream/contract'

/** Of 64 bits, as the sections of a sequence number are. */
const NUMBER = /^\d{1,19}$/

/**
 * Which of two events with one key is the newer one, whichever lands last: the one that was published last. As BigQuery takes it
 * (docs: change data capture, custom ordering): hexadecimal sections, compared from left to right. Messages of one request have one
 * time, in milliseconds; among those the number of the message decides, so that a message which comes again changes nothing.
 */
export function changeSequence({ publishTime, messageId }: Message): string {
  const published = Math.max(0, Date.parse(publishTime)).toString(16)
  return `${published}/${NUMBER.test(messageId) ? BigInt(messageId).toString(16) : '0'}`
}
