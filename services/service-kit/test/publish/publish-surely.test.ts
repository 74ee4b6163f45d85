import t from 'tap'
import type { OutgoingMessage } from '../../src/publish/event-message.ts'
import { publishSurely } from '../../src/publish/publish-surely.ts'

const MESSAGES = [{ data: Buffer.from('{}'), attributes: { mine: 'kept' } }]
const failure = (code: number) => Object.assign(new Error(`code ${code}`), { code })

/** Fails with these codes, one after the other, and then has an answer. */
function failing(...codes: number[]) {
  const tries: OutgoingMessage['attributes'][] = []
  const tryPublish = (messages: readonly OutgoingMessage[]) => {
    tries.push(messages[0]!.attributes)
    const code = codes.shift()
    return code === undefined ? Promise.resolve(['id']) : Promise.reject(failure(code))
  }
  return { tries, tryPublish }
}

t.test('a message that is published once more, because nobody knows, says so', async (t) => {
  const { tries, tryPublish } = failing(14, 4)
  t.same(await publishSurely(tryPublish, MESSAGES), ['id'])
  const again = { mine: 'kept', 'published-again': 'true' }
  t.same(tries, [{ mine: 'kept' }, again, again])
})

t.test('where Pub/Sub says that it did nothing, it is published for the first time', async (t) => {
  const { tries, tryPublish } = failing(8)
  t.same(await publishSurely(tryPublish, MESSAGES), ['id'])
  t.same(tries, [{ mine: 'kept' }, { mine: 'kept' }])
})

t.test('a message that has all the attributes it may have gets no other', async (t) => {
  const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`a${n}`, '']))
  const { tries, tryPublish } = failing(14)
  await publishSurely(tryPublish, [{ data: Buffer.from('{}'), attributes }])
  t.same(tries, [attributes, attributes])
})

t.test('what cannot pass is not tried again, and what may is not for ever', async (t) => {
  const refused = failing(3)
  await t.rejects(publishSurely(refused.tryPublish, MESSAGES), { code: 3 })
  t.equal(refused.tries.length, 1)
  const never = failing(...Array.from({ length: 100 }, () => 14))
  await t.rejects(publishSurely(never.tryPublish, MESSAGES, 300), { code: 14 })
  t.ok(never.tries.length < 10)
})
