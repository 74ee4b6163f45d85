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
