import t from 'tap'
import { progressLine, showProgress } from '../src/progress.ts'

t.test('a line tells part, rate and the time that is left', (t) => {
  const shown = {
    source: 'file:/data/orders.ndjson',
    total: 200e6,
    records: 100_000,
    bytes: 50e6,
    seconds: 5,
  }
  t.equal(
    progressLine(shown),
    '[######------------------]  25 %  100,000 records read  20,000/s  50 of 200 MB  15 s left  orders.ndjson',
  )
  t.equal(
    progressLine({ ...shown, total: undefined }),
    '100,000 records read  20,000/s  50 MB  orders.ndjson',
  )
  t.equal(
    progressLine({ ...shown, total: undefined, files: 20_000 }),
    '20,000 files  4,000/s  100,000 records read  20,000/s  50 MB  orders.ndjson',
  )
  t.end()
})

t.test('small files are counted together, and a large one begins anew', (t) => {
  let at = 0
  let text = ''
  const progress = showProgress({ write: (more) => (text += more), isTerminal: false, now: () => at })
  for (; at < 6000; at += 10) progress.file(`file:/small/${at}.json`, 3, 300)
  t.match(text, /^501 files {2}100\/s {2}1,503 records read .* 5000\.json\n$/)
  progress.begin('file:/large.json', undefined)
  at += 6000
  progress.read(7, 100)
  t.match(text.split('\n')[1], /^7 records read .* large\.json$/)
  t.end()
})

t.test('a terminal has one line that is written over, anything else a line every five seconds', (t) => {
  const run = (isTerminal: boolean) => {
    let at = 0
    let text = ''
    const progress = showProgress({ write: (more) => (text += more), isTerminal, now: () => at })
    progress.begin('a.ndjson', 1000)
    for (; at <= 6000; at += 100) progress.read(1, 10)
    progress.end()
    return text
  }
  t.equal(run(false).split('\n').length, 2)
  t.notMatch(run(true), '\n')
  t.ok(run(true).endsWith('\r\u001B[K'), 'the line is gone in the end')
  t.end()
})

t.test('what is said stays below the line that is written over', (t) => {
  let text = ''
  let at = 0
  const progress = showProgress({ write: (more) => (text += more), isTerminal: true, now: () => at })
  progress.begin('a.ndjson', 1000)
  at += 1000
  progress.read(1, 10)
  progress.say('waiting')
  t.ok(text.endsWith('\r\u001B[Kwaiting\n'), JSON.stringify(text))
  t.end()
})
