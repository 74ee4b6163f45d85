import t from 'tap'
import { judgeRecord } from '../../src/judge/judge-record.ts'

const loadedAt = '2026-03-04T05:06:07.000Z'

t.test('a byte that is no UTF-8 is a dead letter, whether its type is the door or its own', (t) => {
  const json = Buffer.from('{"event_type":"page_view","url":"/\u00E9"}', 'latin1')
  const record = { kind: 'record', json, place: { uri: 'test:source', line: 1 } } as const
  const transforms = [undefined, (each: object) => ({ ...each })]
  for (const eventType of [undefined, 'page_view'])
    for (const transform of transforms) {
      const judged = judgeRecord(record, { loadedAt, eventType, transform })
      t.match(judged, { outcome: 'rejected', rejection: { reason: 'not_utf8' } })
      t.ok(json.equals(Buffer.from(judged.message.data)), 'and it has the original bytes')
    }
  t.end()
})
