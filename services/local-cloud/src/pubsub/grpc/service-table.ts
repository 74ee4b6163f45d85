import { withFault } from '../../faults/call-faults.ts'
import type { Trouble } from '../../faults/faults.ts'
import { GoogleError } from '../../google-error.ts'
import type { Call, Handler, StreamHandler, UnaryHandler } from '../../grpc/call.ts'
import type { GrpcServer, ServiceDefinition } from '../../grpc/grpc-server.ts'
import { grpcError } from './rpc-status.ts'

/** A generated message class, or one that was parsed, as far as it is needed here. */
export interface MessageClass<T> {
  decode(bytes: Uint8Array): T
  encode(message: T): { finish(): Uint8Array }
  fromObject(object: object): T
}

/** What decoding gives: scalars and lists are always there, by protobuf's defaults. */
type Sent<Request> = {
  [K in keyof Request]-?: NonNullable<Request[K]> extends string | number | boolean | readonly unknown[]
    ? NonNullable<Request[K]>
    : Request[K]
}

type Unary<Request> = (request: Sent<Request>) => object | Promise<object>

/** google.protobuf.Empty. */
export const empty: MessageClass<object> = {
  decode: () => ({}),
  encode: () => ({ finish: () => Buffer.alloc(0) }),
  fromObject: () => ({}),
}

const identity = (bytes: Buffer): Buffer => bytes

/** The methods of one gRPC service. Those that are not in it answer UNIMPLEMENTED. */
export class ServiceTable {
  readonly #name: string
  readonly #trouble: Trouble
  readonly #definition: Record<string, ServiceDefinition[string]> = {}
  readonly #handlers: Record<string, Handler> = {}

  constructor(name: string, trouble: Trouble) {
    this.#name = name
    this.#trouble = trouble
  }

  unary<Request, Response>(
    method: string,
    request: MessageClass<Request>,
    response: MessageClass<Response>,
    handle: Unary<Request>,
  ): void {
    this.raw(method, async (bytes) => {
      const answer = response.fromObject(await handle(decoded(request, bytes) as Sent<Request>))
      return response.encode(answer).finish()
    })
  }

  /** A unary method that works on the bytes themselves. */
  raw(
    method: string,
    handle: (bytes: Buffer, call: Call<Buffer, Uint8Array>) => Uint8Array | Promise<Uint8Array>,
  ): void {
    this.#define(method, false)
    const handler: UnaryHandler<Buffer, Uint8Array> = (call, callback) => {
      const { faults, dropConnections } = this.#trouble
      const fault = faults.at(method === 'Publish' ? 'pubsub.publish' : 'pubsub.admin')
      const refuse = (error: unknown) => callback(grpcError(error))
      try {
        const work = () => handle(call.request, call)
        const bytes = fault ? withFault(fault, work, dropConnections) : work()
        if (bytes instanceof Promise) bytes.then((later) => callback(null, later), refuse)
        else callback(null, bytes)
      } catch (error) {
        refuse(error)
      }
    }
    this.#handlers[method] = handler
  }

  stream(method: string, handle: StreamHandler<Buffer, Buffer>): void {
    this.#define(method, true)
    this.#handlers[method] = handle
  }

  addTo(server: GrpcServer): void {
    server.addService(this.#definition, this.#handlers)
  }

  #define(method: string, streaming: boolean): void {
    this.#definition[method] = {
      path: `/${this.#name}/${method}`,
      requestStream: streaming,
      responseStream: streaming,
      requestDeserialize: identity,
      responseSerialize: identity,
    }
  }
}

function decoded<Request>(type: MessageClass<Request>, bytes: Buffer): Request {
  try {
    return type.decode(bytes)
  } catch (error) {
    throw new GoogleError('INVALID_ARGUMENT', `The request is no protobuf: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** A decoded message as a plain object that holds only what was sent. */
export function plain(message: object | null | undefined): Record<string, unknown> {
  return { ...message }
}

export const nameOf = ({ name }: { name: string }): string => name
