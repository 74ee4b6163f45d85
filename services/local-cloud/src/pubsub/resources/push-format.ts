/** `pubsub`: the push wrapper alone. `eventarc`: the same body as a binary CloudEvent, as Eventarc delivers it. */
export type PushFormat = 'pubsub' | 'eventarc'
