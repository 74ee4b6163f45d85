import type { ToldError } from '../told-error.ts'
import type { AnswersTo } from './answer-socket.ts'

/** What a thread is told, by its port: first where its answers go. */
export type ToThread<Request> =
  | { readonly kind: 'begin'; readonly answersTo: AnswersTo }
  | { readonly kind: 'call'; readonly id: number; readonly request: Request }
  | { readonly kind: 'close' }

/** What it answers, by a socket (answer-socket.ts). */
export type FromThread<Result> =
  | { readonly kind: 'result'; readonly id: number; readonly result: Result }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ToldError }
