import protobuf from 'protobufjs'
import type { Failure } from '../../grpc/status.ts'
import { toGoogleError } from '../../google-error.ts'

// google/rpc/status.proto and error_details.proto, as far as they are sent
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`)
const status = root.lookupType('Status')
const errorInfo = root.lookupType('ErrorInfo')

/** Whatever was thrown as gRPC's answer, with its ErrorInfo in the trailer where clients look for it. */
export function grpcError(thrown: unknown): Failure {
  const error = toGoogleError(thrown)
  if (!error.info) return error
  const value = errorInfo.encode(errorInfo.fromObject(error.info)).finish()
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value }]
  const bytes = status
    .encode(status.fromObject({ code: error.code, message: error.message, details }))
    .finish()
  return { code: error.code, message: error.message, trailers: { 'grpc-status-details-bin': bytes } }
}
