import * as grpc from '@grpc/grpc-js'

/** How long a connection lives, in milliseconds. Tests make it short. */
export interface ConnectionAge {
  /** When the server says goodbye (GOAWAY), give or take a tenth. */
  readonly connectionAgeMs?: number
  /** How long calls that are under way may go on after it, before the connection is cut. */
  readonly connectionGraceMs?: number
}

export const LARGEST_REQUEST = 20 << 20

// "Google middleware enforces a limit of 100 streams per connection": googleapis/google-cloud-java,
// docs/grpc_channel_pool_guide.md. The 101st call waits in its client until another one ends.
const STREAMS_A_CONNECTION = 100

// "Connections shut down every hour, and that's something [we] can't control": googleapis/java-bigtable-hbase#1463, and
// googleapis/gax-java#804, whose clients connect anew after 55 minutes. Calls that are under way may end.
const CONNECTION_AGE_MS = 3_600_000
const CONNECTION_GRACE_MS = 600_000

/** A gRPC server with the limits that Google's front end puts on each connection. */
export function grpcServer({ connectionAgeMs, connectionGraceMs }: ConnectionAge = {}): grpc.Server {
  return new grpc.Server({
    'grpc.max_receive_message_length': LARGEST_REQUEST,
    'grpc.max_send_message_length': LARGEST_REQUEST,
    'grpc.max_concurrent_streams': STREAMS_A_CONNECTION,
    // grpc-js sends GOAWAY at this age, give or take a tenth, and cuts the connection when the grace is over
    'grpc.max_connection_age_ms': connectionAgeMs ?? CONNECTION_AGE_MS,
    'grpc.max_connection_age_grace_ms': connectionGraceMs ?? CONNECTION_GRACE_MS,
  })
}
