import type { Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { answersTo, sendAnswer } from './answer-socket.ts'
import type { FromThread, ToThread } from './thread-messages.ts'
import { told } from '../told-error.ts'

export interface CallServer<Request, Result> {
  take(request: Request): Promise<Result>
  close(): Promise<void>
}

/** In a thread: answers what the other side of it (thread.ts) calls. */
export function serveCalls<Request, Result>(server: CallServer<Request, Result>): void {
  const port = parentPort!
  const underWay = new Set<Promise<void>>()
  let answers: Socket
  let isClosing = false
  port.on('message', (message: ToThread<Request>) => {
    switch (message.kind) {
      case 'begin':
        // without it nobody hears this thread: it ends by the error
        answers = answersTo(message.answersTo)
        break
      case 'call':
        // who calls behind the close is told by the end of the thread
        if (!isClosing) begin(take(message.id, message.request))
        break
      case 'close':
        isClosing = true
        void close()
    }
  })

  function begin(answered: Promise<void>): void {
    underWay.add(answered)
    void answered.then(() => underWay.delete(answered))
  }

  async function take(id: number, request: Request): Promise<void> {
    let answer: FromThread<Result>
    try {
      answer = { kind: 'result', id, result: await server.take(request) }
    } catch (error) {
      answer = { kind: 'failed', id, error: told(error) }
    }
    sendAnswer(answers, answer)
  }

  async function close(): Promise<void> {
    await Promise.all(underWay)
    await server.close()
    answers.end()
    port.close()
  }
}
