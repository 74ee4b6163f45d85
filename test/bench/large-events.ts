/** An event that one publisher may send, as large as Pub/Sub takes it, or as many values as an event may have. */
export interface LargeEvent {
  readonly name: string
  /** The event type; events of one type land in one table, one after the other. */
  readonly type: string
  readonly text: string
}

/** Bytes of an event, with room for what belongs to a message: Pub/Sub takes 10 MB. */
const FULL_BYTES = 9_400_000
/** Values of an event, its own included: services/contract/src/judge/decode-message.ts takes 500,000. */
const MOST_VALUES = 499_000
const MOST_KEYS = 99_000

/** @param part of the largest ones; 1: as large as they may be */
export function largeEvents(part: number): readonly LargeEvent[] {
  const bytes = Math.floor(FULL_BYTES * part)
  const values = Math.floor(MOST_VALUES * part)
  const keys = Math.floor(MOST_KEYS * part)
  const all: LargeEvent[] = []
  const add = (name: string, fields: string, type = name) =>
    all.push({ name, type: type.replaceAll(/\W+/g, '_'), text: `{"event_type":"${typeOf(type)}",${fields}}` })
  const array = (each: (n: number) => string, most = values): string => {
    const parts: string[] = []
    for (let n = 0, size = 0; n < most; n++) {
      const text = each(n)
      size += text.length + 1
      if (size > bytes) break
      parts.push(text)
    }
    return `[${parts.join(',')}]`
  }
  const object = (each: (n: number) => string, most = keys): string => `{${array(each, most).slice(1, -1)}}`
  add('one text', `"v":"${'x'.repeat(bytes)}"`)
  add('a text of escapes', `"v":"${String.raw`\u00e4`.repeat(bytes / 6)}"`)
  add('a text of pairs', `"v":"${String.raw`\ud83d\ude00`.repeat(bytes / 12)}"`)
  add('whole numbers', `"v":${array((n) => String(n))}`)
  add('decimals of 19 digits', `"v":${array((n) => `0.${1_000_000_000_000_000_000n + BigInt(n)}`)}`)
  add('whole numbers of 30 digits', `"v":${array((n) => `1${'0'.repeat(23)}${100_000 + (n % 900_000)}`)}`)
  add('numbers with exponents', `"v":${array((n) => `1.${n}e-${300 + (n % 100)}`)}`)
  add('times', `"v":${array((n) => `"2026-01-01T00:00:${String(n % 60).padStart(2, '0')}Z"`)}`)
  add('objects', `"v":${array((n) => `{"a":${n},"b":"x"}`, values / 3)}`)
  add('objects of different keys', `"v":${array((n) => `{"k${n % 9000}":${n}}`, values / 2)}`)
  add('keys', `"v":${object((n) => `"k${n}":${n}`)}`)
  add('keys of the event itself', object((n) => `"k${n}":${n}`).slice(1, -1))
  add('keys with escapes', `"v":${object((n) => String.raw`"\u006b${n}":${n}`)}`)
  add('keys that become one name', `"v":${object((n) => `"a${'.-+'[n % 3]!}${'_'.repeat(n % 7)}${n}":1`)}`)
  add('long keys', `"v":${object((n) => `"${'k'.repeat(300)}${n}":1`)}`)
  add('arrays in arrays', `"v":${array(() => '[[],[]]', values / 3)}`)
  add('deep', `"v":${array(() => `${'['.repeat(490)}${']'.repeat(490)}`, values / 490)}`)
  add('deep objects', `"v":${array(() => `${'{"a":'.repeat(490)}1${'}'.repeat(490)}`, values / 500)}`)
  add('numbers first', '"v":[1],"w":[{"a":1}]', 'conflicts')
  add('texts where numbers are', `"v":${array((n) => `"t${n}"`)}`, 'conflicts')
  add('objects where numbers are', `"w":${array((n) => `{"a":{"b":${n}}}`, values / 3)}`, 'conflicts')
  add('no JSON at its end', `"v":${array((n) => String(n))},`)
  add('a key twice', `"v":${object((n) => `"k${n}":1`)},"w":1,"w":2`)
  const item = '{"product_id":"p","product_name":"n","quantity":1,"price":2.5}'
  const order = (items: string) =>
    `"order_id":"o","customer_id":"c","order_date":"2026-01-01T00:00:00Z","status":"pending","items":${items},"total_amount":1`
  add('an order of many items', order(array(() => item, values / 5)), 'order')
  add('an order of many wrong items', order(array(() => '{"product_id":5}', values / 2)), 'order')
  return all
}

const typeOf = (name: string): string => name.replaceAll(/\W+/g, '_')
