import { createHash } from 'node:crypto'

// Ids and types are what strangers write: a megabyte of them is known by its beginning and a digest, and control characters, of which
// each takes six bytes of a request, by a digest. The same rule in SQL and in JavaScript.
const KEPT = 200
/** Between what is readable of a key and its digest; a text that is its own key has none. */
const MARK = 31
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f]/g

/** SQL for what a text is told apart by. @param text SQL of a STRING */
export const keySql = (text: string): string =>
  `IF(CHAR_LENGTH(${text}) <= ${KEPT} AND NOT REGEXP_CONTAINS(${text}, r'[\\x00-\\x1f]'), ${text},
    CONCAT(REGEXP_REPLACE(SUBSTR(${text}, 1, ${KEPT}), r'[\\x00-\\x1f]', '?'), CHR(${MARK}), TO_HEX(SHA256(${text}))))`

/** The same in JavaScript. */
export function keyOf(text: string): string {
  const isShort = text.length <= KEPT || Array.from(text).length <= KEPT
  if (isShort && text.search(CONTROL) === -1) return text
  const readable = Array.from(text.slice(0, 2 * KEPT))
    .slice(0, KEPT)
    .join('')
    .replaceAll(CONTROL, '?')
  return readable + String.fromCharCode(MARK) + createHash('sha256').update(text).digest('hex')
}

/** What people are shown of a text whose key this is. */
export function shownOf(key: string): string {
  const end = key.indexOf(String.fromCharCode(MARK))
  return end === -1 ? key : key.slice(0, end)
}
