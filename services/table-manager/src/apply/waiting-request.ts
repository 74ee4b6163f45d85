import type { JsonObject } from '@tablestream/table-schema'
import type { ChangeRequest, ChangeResult } from '../table-change.ts'

/** An event that waits for its table: answered once, at the latest when its patience ends. */
export class WaitingRequest implements ChangeRequest {
  readonly event: JsonObject
  readonly eventId: string
  readonly source: string
  readonly caller: string
  readonly bytes: number
  /** When it came, in milliseconds of the clock. */
  readonly since: number
  readonly answer: Promise<ChangeResult>
  /** What was done for it so far. */
  progress: 'fits' | 'created' | 'altered' = 'fits'
  isSettled = false
  readonly #patience: NodeJS.Timeout
  #resolve!: (result: ChangeResult) => void
  #reject!: (error: unknown) => void

  constructor(
    { event, eventId, source, caller, bytes = 0 }: ChangeRequest,
    { since, patienceMs }: { readonly since: number; readonly patienceMs: number },
    impatience: () => Error,
  ) {
    this.since = since
    this.event = event
    this.eventId = eventId
    this.source = source
    this.caller = caller
    this.bytes = bytes
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#patience = setTimeout(() => this.fail(impatience()), patienceMs).unref()
  }

  settle(result: ChangeResult): void {
    if (this.#isFirst()) this.#resolve(result)
  }

  fail(error: unknown): void {
    if (this.#isFirst()) this.#reject(error)
  }

  #isFirst(): boolean {
    if (this.isSettled) return false
    this.isSettled = true
    clearTimeout(this.#patience)
    return true
  }
}
