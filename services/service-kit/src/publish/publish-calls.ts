/** What a publisher asks of Pub/Sub, for one topic. */
export interface PublishCalls {
  /**
   * Sends a PublishRequest, as its bytes, once: the client's own tries would send the same bytes again. Gives the ids of its messages, or
   * rejects with gRPC's code.
   */
  publish(request: Uint8Array, tryMs: number): Promise<readonly string[]>
  /** Whether the topic is there. */
  exists(): Promise<boolean>
  close(): Promise<void>
}
