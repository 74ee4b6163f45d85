import type { Topic } from './clients.ts'
import type { ReplayedMessage } from './replayed-message.ts'

/** gRPC's INVALID_ARGUMENT: Pub/Sub does not take this message, however often it is asked. */
export function isRefused(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 3
}

/** Publishes a message in the first of these ways that Pub/Sub takes. @returns its new id @throws Error of the last way */
export async function publishAny(topic: Topic, ways: readonly ReplayedMessage[]): Promise<string> {
  for (const [index, way] of ways.entries()) {
    try {
      return await topic.publishMessage(way)
    } catch (error) {
      if (index === ways.length - 1 || !isRefused(error)) throw error
    }
  }
  throw new Error('there is no way to publish it')
}
