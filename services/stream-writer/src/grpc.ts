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

interface Methods<Method extends string> {
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

/**
 * The part of a generated client that is not in its types: the gRPC client under it, which lets a call have encoders and
 * decoders of its own.
 */
export interface BidiStub<Method extends string, Request, Call> extends Methods<Method> {
  makeBidiStreamRequest(
    path: string,
    serialize: (request: Request) => Buffer,
    deserialize: (bytes: Buffer) => unknown,
    metadata: grpc.Metadata,
  ): Call
}

/** The same for calls of one request and one answer. */
export interface UnaryStub<Method extends string> extends Methods<Method> {
  makeUnaryRequest(
    path: string,
    serialize: (request: Buffer) => Buffer,
    deserialize: (bytes: Buffer) => unknown,
    request: Buffer,
    metadata: grpc.Metadata,
    options: { readonly deadline: number },
    callback: (error: grpc.ServiceError | null) => void,
  ): unknown
}
