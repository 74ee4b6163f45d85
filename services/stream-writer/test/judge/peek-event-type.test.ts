import t from 'tap'
import { createPeek } from '../../src/judge/peek-event-type.ts'

t.test('the type is read from the bytes, under the field that names it', (t) => {
  for (const field of ['event_type', 'kind']) {
    const peek = createPeek(field)
    const cases: [string, string][] = [
      [`{"${field}":"view"}`, 'view'],
      [`{"${field}":"view","a":1}`, 'view'],
      [`{"a":1,"${field}" : "visit"}`, 'visit'],
      [`{"a":1,"${field}":"é"}`, 'é'],
      [`{"a":1,"${field}":"é"}`, 'é'],
      [`{"${field}":7}`, ''],
      [`{"${field}":""}`, ''],
      [`{"${field}s":"view"}`, ''],
      ['{"type":"view"}', ''],
      ['', ''],
      [`{"${field}":"${'x'.repeat(201)}"}`, ''],
      [`{"${field}":"vi`, ''],
    ]
    for (const [text, type] of cases) t.equal(peek(Buffer.from(text)), type, text)
  }
  t.equal(createPeek('kind')(Buffer.from('{"event_type":"view"}')), '')
  t.end()
})
