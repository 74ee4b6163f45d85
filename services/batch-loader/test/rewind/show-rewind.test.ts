import t from 'tap'
import { showRewind } from '../../src/rewind/show-rewind.ts'

t.test('a terminal obeys nothing of what strangers wrote into values, ids and names', (t) => {
  const odd = 'a\u001B[2J\n\u202Eb'
  const seen = String.raw`a\u001b[2J\u000a\u202eb`
  const text = showRewind({
    table: 'reading',
    rewound: 'reading_rewound',
    since: '2026-03-04T05:06:07.000Z',
    until: '2026-03-05T05:06:07.000Z',
    oldest: undefined,
    carried: 0,
    accounts: [],
    differences: {
      columns: [{ path: odd, before: undefined, after: 'STRING' }],
      rows: { before: 1, after: 1, gone: 0, added: 0, copies: 0, doubled: 0 },
      values: [{ column: odd, events: 1, some: [{ eventId: odd, before: odd, after: 'null' }] }],
    },
    notGranted: [odd],
    problems: [odd],
  })
  t.notMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u)
  const lines = text.split('\n')
  t.ok(lines.includes(`  + ${seen} STRING`), text)
  t.ok(lines.includes(`    ${seen}: ${seen} becomes null`))
  t.ok(lines.includes(seen) && lines.includes(`  ${seen}`))
  t.end()
})
