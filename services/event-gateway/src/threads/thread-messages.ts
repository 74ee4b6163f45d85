import type { ToldError } from '../told-error.ts'

/** What a thread is told. */
export type ToThread<Request> =
  | { readonly kind: 'call'; readonly id: number; readonly request: Request }
  | { readonly kind: 'close' }

/** What it tells. */
export type FromThread<Result> =
  | { readonly kind: 'result'; readonly id: number; readonly result: Result }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ToldError }
