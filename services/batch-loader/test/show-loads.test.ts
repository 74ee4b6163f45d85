import t from 'tap'
import { SourceError } from '../src/formats/index.ts'
import type { Account } from '../src/ledger.ts'
import { LoadError } from '../src/load-error.ts'
import { showLoads } from '../src/show-loads.ts'
import { ToldLetters } from '../src/told-letters.ts'

const account = (deadLetters: number, more: Partial<Account> = {}): Account => ({
  eventType: 'order',
  table: 'orders',
  records: 5,
  landed: 5 - deadLetters,
  duplicates: 0,
  deadLetters,
  ...more,
})

t.test('few sources have a table each, and nothing is said of them together', (t) => {
  const loads = showLoads()
  for (let number = 0; number < 10; number++)
    t.match(
      loads.add({ outcome: 'loaded', source: `file:/${number}`, accounts: [account(0)] }),
      `file:/${number}\n`,
    )
  t.equal(loads.end(), '')
  t.ok(loads.isFine)
  t.end()
})

t.test('below a source stand its first bad records, and what has no records says so', (t) => {
  const rejection = { reason: 'not_json', path: '', value: '{', message: 'it ends too soon' } as const
  const bad = [2, 3, 4, 5].map((line) => ({
    where: `line ${line}`,
    uri: 'file:/a',
    eventType: '',
    rejection,
  }))
  const loads = showLoads()
  const told = loads.add({ outcome: 'loaded', source: 'file:/a', accounts: [account(5)], bad })
  t.same(told.split('\n').slice(3), [
    '  line 2  not_json  it ends too soon  found {',
    '  line 3  not_json  it ends too soon  found {',
    '  line 4  not_json  it ends too soon  found {',
    '  2 more dead letters: see dead_letter_reasons',
  ])
  const nothing = [account(0, { eventType: '', records: 0, landed: 0 })]
  t.equal(loads.add({ outcome: 'loaded', source: 'file:/b', accounts: [] }), 'file:/b: no records')
  t.equal(
    loads.add({ outcome: 'loaded before', source: 'file:/b', accounts: nothing }),
    'file:/b (was loaded before: nothing was done): no records',
  )
  t.end()
})

t.test('what a policy or another event made dead letters is told with its reason', async (t) => {
  const loads = showLoads()
  const letters = new ToldLetters()
  const { publishLetters } = letters.heardIn({
    publishLetters: (all: readonly object[]) => Promise.resolve(all.length),
  })
  const letter = (reason: string, line: number, more: Record<string, string> = {}) => ({
    data: Buffer.of(),
    attributes: {
      'dead-letter-reason': reason,
      'dead-letter-file': 'file:/a',
      'dead-letter-place': `line ${line}`,
      'dead-letter-message': 'why',
      'dead-letter-event-type': 'order',
      ...more,
    },
  })
  await publishLetters([1, 2, 3, 4].map((line) => letter('not_json', line)))
  await publishLetters([letter('table_not_allowed', 7, { 'dead-letter-part': '1' })])
  await publishLetters([letter('table_not_allowed', 7, { 'dead-letter-part': '2' })])
  await publishLetters([letter('event_id_collision', 5), letter('event_id_collision', 6)])
  const loaded = { outcome: 'loaded', source: 'file:/a', accounts: [account(7)] } as const
  const told = letters.take('file:/a')
  t.same(loads.add(loaded, told).split('\n').slice(3), [
    '  line 1  order  not_json  why',
    '  line 7  order  table_not_allowed  why',
    '  line 5  order  event_id_collision  why',
    '  4 more dead letters (3 not_json, 1 event_id_collision): see dead_letter_reasons',
  ])
  await publishLetters([1, 2, 3, 4].map((line) => letter('not_json', line)))
  const alike = loads.add({ ...loaded, accounts: [account(4)] }, letters.take('file:/a'))
  t.same(alike.split('\n').slice(3), [
    ...[1, 2, 3].map((line) => `  line ${line}  order  not_json  why`),
    '  1 more dead letters (1 not_json): see dead_letter_reasons',
  ])
  const unknown = '  7 dead letters: see dead_letter_reasons'
  t.same(loads.add(loaded, letters.take('file:/a')).split('\n').slice(3), [unknown], 'is told once')
  const before = { ...loaded, accounts: [account(8)] }
  t.same(loads.add(before, told).split('\n').slice(3), ['  8 dead letters: see dead_letter_reasons'])
})

t.test('a terminal obeys nothing of what strangers wrote into a file, or into its name', (t) => {
  const value = '{"a":\u001B]0;title\u0007\r\u009B2J\nfile:/b: loaded\u202E'
  const rejection = { reason: 'not_json', path: '', value, message: 'it ends too soon' } as const
  const bad = [{ where: 'line 1', uri: 'file:/a', eventType: 'a\u001B[2J', rejection }]
  const source = 'file:/\u001B[31m\na'
  const loads = showLoads()
  const told = loads.add({ outcome: 'loaded', source, accounts: [account(1)], bad }).split('\n')
  t.equal(told[0], String.raw`file:/\u001b[31m\u000aa`)
  t.equal(
    told[3],
    String.raw`  line 1  a\u001b[2J  not_json  it ends too soon  found {"a":\u001b]0;title\u0007\u000d\u009b2J\u000afile:/b: loaded\u202e`,
  )
  t.equal(told.length, 4)
  const error = new SourceError('missing', 'there is no such file', { uri: source })
  t.equal(
    loads.add({ outcome: 'not loaded', source, error }),
    String.raw`not loaded (missing): file:/\u001b[31m\u000aa: there is no such file. Nothing of it has landed`,
  )
  t.end()
})

t.test('of very many the first are told, and the others by sums, counts, and the worst', (t) => {
  const loads = showLoads()
  const told: string[] = []
  for (let number = 0; number < 100_000; number++) {
    const source = `file:/${number}`
    if (number % 10_000 === 7) {
      const error = new SourceError('truncated', 'its gzip ends too soon', { uri: source })
      told.push(loads.add({ outcome: 'not loaded', source, error }))
    } else
      told.push(
        loads.add({
          outcome: 'loaded',
          source,
          accounts: [account(number === 70_000 ? 3 : number === 80_000 ? 4 : 0)],
        }),
      )
  }
  const lines = [...told.filter((text) => text !== ''), loads.end()].join('\n').split('\n')
  t.ok(lines.length < 60, `${lines.length} lines`)
  t.match(
    lines.join('\n'),
    'not loaded (truncated): file:/90007: its gzip ends too soon. Nothing of it has landed',
  )
  t.match(loads.end(), /^all sources: 99,990 loaded, 10 not loaded\n/)
  t.match(loads.end(), /order → orders +499,950 +499,943 +0 +7\n/)
  t.match(loads.end(), /most dead letters:\n +4 {2}file:\/80000\n +3 {2}file:\/70000$/)
  t.notOk(loads.isFine, 'one that was not loaded has no end')
  t.end()
})

t.test('of very many that are not loaded it is told why, and of each reason the first', (t) => {
  const loads = showLoads()
  const told: string[] = []
  for (let number = 0; number < 500; number++) {
    const source = `file:/${number}`
    const error =
      number === 300
        ? new LoadError('row_refused', `${source}: no \u001B[2J`)
        : new SourceError('truncated', 'its gzip ends too soon', { uri: source })
    told.push(loads.add({ outcome: 'not loaded', source, error }))
  }
  t.equal(told.filter((text) => text !== '').length, 10)
  t.equal(
    loads.end(),
    String.raw`all sources: 500 not loaded
not loaded, and why:
         499  truncated, as file:/0: its gzip ends too soon. Nothing of it has landed
           1  row_refused, as file:/300: no \u001b[2J`,
  )
  t.end()
})

t.test('a record without an end is told by the exit code, among however many', (t) => {
  const loads = showLoads()
  for (let number = 0; number < 20; number++)
    loads.add({
      outcome: 'loaded',
      source: `file:/${number}`,
      accounts: [account(0, { landed: number === 17 ? 4 : 5 })],
    })
  t.notOk(loads.isFine)
  t.end()
})
