import type * as grpc from '@grpc/grpc-js'
import { withFault } from '../../faults/call-faults.ts'
import type { Trouble } from '../../faults/faults.ts'
import { GoogleError } from '../../google-error.ts'
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
  readonly #definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {}
  readonly #handlers: Record<string, grpc.UntypedHandleCall> = {}

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
    handle: (bytes: Buffer, call: grpc.ServerUnaryCall<Buffer, Buffer>) => Uint8Array | Promise<Uint8Array>,
  ): void {
    this.#define(method, false)
    const handler: grpc.handleUnaryCall<Buffer, Buffer> = (call, callback) => {
      const { faults, dropConnections } = this.#trouble
      const fault = faults.at(method === 'Publish' ? 'pubsub.publish' : 'pubsub.admin')
      const answer = async () =>
        Buffer.from(await withFault(fault, () => handle(call.request, call), dropConnections))
      answer().then(
        (bytes) => callback(null, bytes),
        (error: unknown) => callback(grpcError(error)),
      )
    }
    this.#handlers[method] = handler
  }

  stream(method: string, handle: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => void): void {
    this.#define(method, true)
    this.#handlers[method] = handle as grpc.UntypedHandleCall
  }

  addTo(server: grpc.Server): void {
    server.addService(this.#definition, this.#handlers)
  }

  #define(method: string, streaming: boolean): void {
    this.#definition[method] = {
      path: `/${this.#name}/${method}`,
      requestStream: streaming,
      responseStream: streaming,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
      originalName: method,
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
