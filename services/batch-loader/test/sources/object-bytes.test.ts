import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { allBytes, objectBytes, type ObjectBytes } from '../../src/sources/object-bytes.ts'

const AT_ONCE = { tries: 4, pauses: { firstMs: 0, longestMs: 0 } }
const broken = (code: string | number) => Object.assign(new Error(`ended with ${code}`), { code })

interface Answer {
  /** So many of the bytes that were asked for come, */
  readonly come: number
  /** and then this goes wrong; absent: an end without a word. */
  readonly fails?: Error
}

/** An object whose connections end so, one after the other; those behind them are whole. */
function objectOf(content: Buffer, answers: readonly Answer[], size = 3): ObjectBytes & { asked: number[] } {
  let next = 0
  const asked: number[] = []
  async function* chunks(start: number, end: number) {
    const { come, fails } = answers[next++] ?? { come: Infinity }
    const until = Math.min(end, start + come)
    for (let at = start; at < until; at += size) yield content.subarray(at, Math.min(at + size, until))
    if (fails) throw fails
  }
  return {
    uri: 'gs://b/o',
    bytes: content.length,
    asked,
    open: (range) => {
      const { start, end } = range ?? { start: 0, end: content.length }
      asked.push(start)
      return Readable.from(chunks(start, end))
    },
  }
}

const content = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes))
const answer = fc.record({
  come: fc.nat(20),
  fails: fc.constantFrom(broken('ECONNRESET'), broken('ERR_STREAM_PREMATURE_CLOSE'), broken(503), undefined),
})

t.test('wherever connections end, the bytes are those of the object', async () => {
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.array(answer, { maxLength: 3 }),
      fc.nat(60),
      fc.nat(60),
      async (bytes, answers, one, other) => {
        const [start, end] = [one, other].map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b) as [
          number,
          number,
        ]
        const given = answers.map(({ come, fails }) => ({ come, ...(fails && { fails }) }))
        const read = await Array.fromAsync(objectBytes(objectOf(bytes, given), { start, end }, AT_ONCE))
        assert.ok(Buffer.concat(read).equals(bytes.subarray(start, end)))
      },
    ),
  )
})

t.test('where nothing more comes it is said why, and what was asked for', async (t) => {
  const refusals: readonly (readonly [Error | undefined, string, RegExp])[] = [
    [broken('ECONNRESET'), 'unreachable', /gs:\/\/b\/o: it cannot be read: ended with ECONNRESET/],
    [undefined, 'unreachable', /its bytes end at 6 of 10/],
    [broken(403), 'denied', /storage\.objects\.get/],
    [broken(404), 'changed', /its version is not there any more/],
  ]
  for (const [fails, rule, message] of refusals) {
    const none = { come: 0, ...(fails && { fails }) }
    const object = objectOf(Buffer.alloc(10), [{ ...none, come: 6 }, none, none, none, none])
    await t.rejects(Array.fromAsync(objectBytes(object, { start: 0, end: 10 }, AT_ONCE)), { rule, message })
    t.same(object.asked, rule === 'unreachable' ? [0, 6, 6, 6] : [0], 'a refusal is the last word')
  }
})

t.test(
  'a wrong checksum is damage behind the last byte; a small object is asked for once more',
  async (t) => {
    const wrong = { come: 10, fails: broken('CONTENT_DOWNLOAD_MISMATCH') }
    const bytes = Buffer.from('0123456789')
    await t.rejects(Array.fromAsync(objectBytes(objectOf(bytes, [wrong]), { start: 0, end: 10 }, AT_ONCE)), {
      rule: 'damaged',
      message: /another checksum/,
    })
    t.equal(String(await allBytes(objectOf(bytes, [wrong, wrong]), AT_ONCE)), '0123456789')
    t.equal(String(await allBytes(objectOf(bytes, [{ come: 3 }]), AT_ONCE)), '0123456789')
    await t.rejects(allBytes(objectOf(bytes, [wrong, wrong, wrong, wrong]), AT_ONCE), {
      rule: 'damaged',
      message: /another checksum/,
    })
  },
)
