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
  let answers: Socket
  port.on('message', (message: ToThread<Request>) => {
    switch (message.kind) {
      case 'begin':
        // without it nobody hears this thread: it ends by the error
        answers = answersTo(message.answersTo)
        break
      case 'call':
        void take(message.id, message.request)
        break
      case 'close':
        void close()
    }
  })

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
    await server.close()
    answers.end()
    port.close()
  }
}
