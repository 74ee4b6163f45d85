import { EventEmitter } from 'node:events'

/** A call of StreamingPull that records what is written to it. */
export class FakeCall extends EventEmitter {
  readonly written: Record<string, unknown>[] = []
  write(request: object): boolean {
    this.written.push(request as Record<string, unknown>)
    return true
  }
  end(): void {
    this.written.push({ end: true })
  }
  cancel(): void {}
}
