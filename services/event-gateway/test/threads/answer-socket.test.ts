import { once } from 'node:events'
import net from 'node:net'
import t, { type Test } from 'tap'
import { AnswerSocket, answersTo, sendAnswer } from '../../src/threads/answer-socket.ts'

function open(t: Test) {
  const answers: unknown[] = []
  const failures: Error[] = []
  let tell: (() => void) | undefined
  const socket = new AnswerSocket({
    answered(answer) {
      answers.push(answer)
      tell?.()
    },
    failed: (error) => void failures.push(error),
  })
  t.teardown(() => socket.ended())
  const heard = async (count: number) => {
    while (answers.length < count) await new Promise<void>((resolve) => (tell = resolve))
    return answers
  }
  return { socket, answers, failures, heard }
}

t.test('what a thread sends is heard in its order, small and large', async (t) => {
  const { socket, heard } = open(t)
  const thread = answersTo(socket.to)
  const large = Buffer.alloc(3_000_000, 'y')
  sendAnswer(thread, { id: 1, ids: ['7'] })
  sendAnswer(thread, { id: 2, text: large })
  sendAnswer(thread, { id: 3 })
  const [one, two, three] = (await heard(3)) as [unknown, { text: Uint8Array }, unknown]
  t.same(one, { id: 1, ids: ['7'] })
  t.ok(large.equals(two.text))
  t.same(three, { id: 3 })
  thread.end()
})

t.test('what a thread has sent before it ended is heard', async (t) => {
  const { socket, answers } = open(t)
  const thread = answersTo(socket.to)
  await once(thread, 'ready')
  sendAnswer(thread, 'the first')
  for (let n = 0; n < 1000; n++) sendAnswer(thread, 'y'.repeat(1000))
  thread.end('')
  while (answers.length === 0) await new Promise(setImmediate)
  await socket.ended()
  t.equal(answers.length, 1001)
})

t.test('who does not know the word is not heard, and the thread is all the same', async (t) => {
  const { socket, answers, failures, heard } = open(t)
  const stranger = net.connect(socket.to.path)
  stranger.write('x'.repeat(socket.to.word.length))
  sendAnswer(stranger, 'a lie')
  const silent = net.connect(socket.to.path)
  await Promise.all([once(stranger.on('error', () => undefined).resume(), 'close'), once(silent, 'connect')])
  const thread = answersTo(socket.to)
  sendAnswer(thread, 'the truth')
  t.same(await heard(1), ['the truth'])
  await once(silent.on('error', () => undefined).resume(), 'close')
  t.same(answers, ['the truth'])
  const late = net.connect(socket.to.path)
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException]
  t.match(error.code, /ECONNREFUSED|ENOENT/, 'once the thread is here nobody else comes in')
  t.same(failures, [])
  thread.end()
})
