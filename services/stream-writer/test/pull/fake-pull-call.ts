import { EventEmitter } from 'node:events'
import { protos } from '@google-cloud/pubsub'

/** A call of StreamingPull that records what is written to it. */
export class FakeCall extends EventEmitter {
  readonly written: Record<string, unknown>[] = []
  write(request: object | Buffer): boolean {
    const object = Buffer.isBuffer(request)
      ? StreamingPullRequest.toObject(StreamingPullRequest.decode(request))
      : request
    this.written.push(object as Record<string, unknown>)
    return true
  }
  end(): void {
    this.written.push({ end: true })
  }
  cancel(): void {}
}

const { StreamingPullRequest, StreamingPullResponse } = protos.google.pubsub.v1

/** What the server sends, encoded by Google's own code. */
export function pullResponse(receivedMessages: protos.google.pubsub.v1.IReceivedMessage[]): Buffer {
  return Buffer.from(StreamingPullResponse.encode({ receivedMessages }).finish())
}
