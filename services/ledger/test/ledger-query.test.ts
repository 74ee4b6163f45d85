import t from 'tap'
import { hardMessagesQuery, ledgerQuery, typesAndDaysQuery } from '../src/ledger-query.ts'
import { keysQuery } from '../src/message-keys.ts'

const name = (table: string) => `\`p.d.${table}\``
const keys = keysQuery(name, [Date.UTC(2026, 10, 29, 5)])
const parts = {
  name,
  keys,
  tables: [],
  hard: 'some',
  mostMissing: 1,
  mostWithoutDay: 1,
  mostCollisions: 1,
} as const
const QUERIES = {
  'of types and days': typesAndDaysQuery(keys),
  'of hard messages': hardMessagesQuery(name, 'TRUE'),
  'of the ledger': ledgerQuery(parts),
}

const times = (sql: string, part: string): number => sql.split(part).length - 1

for (const [title, sql] of Object.entries(QUERIES)) {
  t.test(`the query ${title} makes text of the bytes once, and reads each field of it once`, async (t) => {
    t.equal(times(sql, 'SAFE_CONVERT_BYTES_TO_STRING('), 1)
    const fields = sql.match(/JSON_(?:VALUE|QUERY)\(text, '[^']*'\)/g) ?? []
    t.ok(fields.length > 5)
    t.same(fields, [...new Set(fields)])
    t.notMatch(sql, /JSON_(?:VALUE|QUERY)\(SAFE_CONVERT/)
  })
}

t.test('the window over messages carries none of their bytes', async (t) => {
  const [, published] = /published AS \((.*?)QUALIFY/s.exec(ledgerQuery(parts))!
  t.match(published, /^SELECT \* FROM \(\s*SELECT/)
  t.notMatch(published!.slice(0, published!.indexOf(' FROM (SELECT message_id')), /, data\b|, text\b/)
})
