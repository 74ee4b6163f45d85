import t from 'tap'
import { openProgress } from '../scripts/progress.ts'

function screen(isTTY: boolean) {
  const seen: string[] = []
  return { isTTY, columns: 30, seen, write: (text: string) => seen.push(text) }
}

t.test('it is silent for two seconds, and shows one line that goes away in a terminal', async (t) => {
  const { mock } = await import('node:test')
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const terminal = screen(true)
  const progress = openProgress('reading', terminal, (line) => terminal.write(`${line}\n`))
  mock.timers.tick(1900)
  t.same(terminal.seen, [])
  progress.at('reading rows, 3 of 10, and a text that is longer than the line')
  mock.timers.tick(300)
  t.match(terminal.seen[0], /reading rows, 3 of 10/)
  t.ok(terminal.seen[0]!.length <= 30 + '\r\u001B[K'.length)
  terminal.seen.length = 0
  progress.say('half of it')
  t.same(
    terminal.seen,
    ['\r\u001B[K', 'half of it\n'],
    'a result takes the place of the line, which comes again below',
  )
  mock.timers.tick(300)
  t.match(terminal.seen.at(-1), /reading rows/)
  progress.done()
  t.equal(terminal.seen.at(-1), '\r\u001B[K')
  mock.timers.tick(10_000)
  t.equal(terminal.seen.at(-1), '\r\u001B[K', 'nothing is shown after the end')

  const file = screen(false)
  const quick = openProgress('quick', file)
  quick.done()
  mock.timers.tick(60_000)
  t.same(file.seen, [])
  openProgress('slow', file)
  for (let second = 0; second < 23; second++) mock.timers.tick(1000)
  t.same(file.seen, ['slow (2 s)\n', 'slow (12 s)\n', 'slow (22 s)\n'])
})
