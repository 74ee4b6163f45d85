import { EventEmitter } from 'node:events'
import { protos } from '@google-cloud/pubsub'
import type { PulledSubscription } from '../../src/pull/pull-stream.ts'

const { AcknowledgeRequest, ModifyAckDeadlineRequest, StreamingPullResponse } = protos.google.pubsub.v1

/** A call of StreamingPull that records what is written to it, and ends when it is told that nothing more comes. */
export class FakeCall extends EventEmitter {
  readonly written: Record<string, unknown>[] = []
  isPaused = false
  write(request: object): boolean {
    this.written.push(request as Record<string, unknown>)
    return true
  }
  end(): void {
    this.written.push({ end: true })
    setImmediate(() => this.emit('end'))
  }
  cancel(): void {
    this.emit('error', new Error('1 CANCELLED'))
  }
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
}

/** A subscription that records what it is told, in ack ids, and answers as `answer` does. */
export class FakeSubscription extends EventEmitter implements PulledSubscription {
  readonly calls: FakeCall[] = []
  readonly acked: string[] = []
  readonly modified: { readonly id: string; readonly seconds: number }[] = []
  /** Called before anything is recorded: what it throws is the answer. */
  answer: () => void | Promise<void> = () => {}

  open() {
    const call = new FakeCall()
    this.calls.push(call)
    this.emit('open')
    return { subscription: 'projects/p/subscriptions/s', call }
  }

  async acknowledge(ids: Buffer): Promise<void> {
    await this.answer()
    this.acked.push(...idsOf('acknowledge', ids))
    this.emit('told')
  }

  async modifyAckDeadline(ids: Buffer, seconds: number): Promise<void> {
    await this.answer()
    for (const id of idsOf('modifyAckDeadline', ids)) this.modified.push({ id, seconds })
    this.emit('told')
  }
}

/** Ack ids, decoded by Google's own code. */
export function idsOf(method: 'acknowledge' | 'modifyAckDeadline', bytes: Buffer): string[] {
  return (method === 'acknowledge' ? AcknowledgeRequest : ModifyAckDeadlineRequest).decode(bytes).ackIds
}

/** What the server sends, encoded by Google's own code. */
export function pullResponse(receivedMessages: protos.google.pubsub.v1.IReceivedMessage[]): Buffer {
  return Buffer.from(StreamingPullResponse.encode({ receivedMessages }).finish())
}
