import * as grpc from '@grpc/grpc-js'

/** Headers of a call. */
export function metadataOf(headers: Readonly<Record<string, string>>): grpc.Metadata {
  const metadata = new grpc.Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

/** For a server without TLS. */
export function insecureCredentials(): grpc.ChannelCredentials {
  return grpc.credentials.createInsecure()
}

/**
 * The part of a generated client that is not in its types: the gRPC client under it, which lets a call have encoders and
 * decoders of its own.
 */
export interface BidiStub<Method extends string, Request, Call> {
  makeBidiStreamRequest(
    path: string,
    serialize: (request: Request) => Buffer,
    deserialize: (bytes: Buffer) => unknown,
    metadata: grpc.Metadata,
  ): Call
  readonly constructor: {
    readonly service: Readonly<
      Record<
        Method,
        {
          readonly path: string
          readonly requestSerialize: (request: object) => Buffer
          readonly responseDeserialize: (bytes: Buffer) => unknown
        }
      >
    >
  }
}
