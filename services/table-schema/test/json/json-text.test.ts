import t from 'tap'
import { jsonColumnText } from '../../src/json/json-text.ts'
import { parseJson } from '../../src/json/parse-json.ts'

t.test('in a JSON column, a number that BigQuery would round or refuse is text', (t) => {
  const cases = [
    [
      '[1,1.5,-9223372036854775808,18446744073709551615,1e300]',
      '[1,1.5,-9223372036854775808,18446744073709551615,1e+300]',
    ],
    ['{"a":{"b":12345678.123456789}}', '{"a":{"b":"12345678.123456789"}}'],
    ['[18446744073709551616,-9223372036854775809]', '["18446744073709551616","-9223372036854775809"]'],
    ['[1e400,1e-400,"1e400",null]', '["1e400","1e-400","1e400",null]'],
  ] as const
  for (const [text, kept] of cases) t.equal(jsonColumnText(parseJson(text)), kept, text)
  t.end()
})
