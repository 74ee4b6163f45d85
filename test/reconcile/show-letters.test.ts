import t from 'tap'
import { groupLine, letterText } from '../../scripts/events/show-letters.ts'

const OBEYED = '\u001B[2J\u001B]0;title\u0007\u009B31m\u202E\r\n'
const SEEN = String.raw`\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\r\n`

t.test('a terminal obeys nothing of what strangers wrote into a dead letter', (t) => {
  t.equal(
    groupLine({ reason: 'not_json', eventType: `page${OBEYED}`, letters: 12 }),
    `      12  not_json  page${SEEN}`,
  )
  const letter = {
    reason: 'invalid_event',
    path: `/${OBEYED}`,
    value: OBEYED,
    message: `must be ${OBEYED}`,
    messageId: '7',
    data: Buffer.from(`{"a":${OBEYED}${'x'.repeat(500)}`),
  }
  t.equal(
    letterText(letter),
    `invalid_event /${SEEN} ${SEEN}\n  must be ${SEEN}\n  message 7: {"a":${SEEN}${'x'.repeat(200 - 5 - OBEYED.length)}`,
  )
  t.end()
})
