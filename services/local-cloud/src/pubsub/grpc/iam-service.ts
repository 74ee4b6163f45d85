import type { GrpcServer } from '../../grpc/grpc-server.ts'
import protobuf from 'protobufjs'
import type { Trouble } from '../../faults/faults.ts'
import type { Policy, PolicyChange } from '../resources/iam-policy.ts'
import type { PubSub } from '../pubsub.ts'
import { ServiceTable, type MessageClass } from './service-table.ts'

// google/iam/v1/iam_policy.proto, policy.proto and google/type/expr.proto: the package with Pub/Sub's messages has none of them
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Expr { string expression = 1; string title = 2; string description = 3; string location = 4; }
  message Binding { string role = 1; repeated string members = 2; Expr condition = 3; }
  message AuditConfig { string service = 1; }
  message Policy { int32 version = 1; repeated Binding bindings = 4; repeated AuditConfig audit_configs = 6; bytes etag = 3; }
  message SetIamPolicyRequest { string resource = 1; Policy policy = 2; }
  message GetIamPolicyRequest { string resource = 1; }
  message TestIamPermissionsRequest { string resource = 1; repeated string permissions = 2; }
  message TestIamPermissionsResponse { repeated string permissions = 1; }
`)

interface OnResource {
  readonly resource: string
}

const policyType = typeOf<object>('Policy')

/** Adds google.iam.v1.IAMPolicy. */
export function addIamPolicy(server: GrpcServer, { policies }: PubSub, trouble: Trouble): void {
  const service = new ServiceTable('google.iam.v1.IAMPolicy', trouble)
  service.unary('GetIamPolicy', typeOf<OnResource>('GetIamPolicyRequest'), policyType, ({ resource }) =>
    policies.get(resource),
  )
  service.unary(
    'SetIamPolicy',
    typeOf<OnResource & { readonly policy: { etag: Uint8Array } & Omit<PolicyChange, 'etag'> }>(
      'SetIamPolicyRequest',
    ),
    policyType,
    ({ resource, policy }): Policy => {
      const { version, bindings, auditConfigs, etag } = policy
      return policies.set(resource, {
        ...(version !== undefined && { version }),
        ...(bindings && { bindings: bindings.map(plainBinding) }),
        ...(auditConfigs && { auditConfigs }),
        etag: Buffer.from(etag).toString('base64'),
      })
    },
  )
  service.unary(
    'TestIamPermissions',
    typeOf<OnResource & { readonly permissions: readonly string[] }>('TestIamPermissionsRequest'),
    typeOf<object>('TestIamPermissionsResponse'),
    ({ resource, permissions }) => ({ permissions: policies.test(resource, permissions) }),
  )
  service.addTo(server)
}

function plainBinding({ role, members, condition }: NonNullable<PolicyChange['bindings']>[number]) {
  return { role: role ?? null, members: members ?? [], condition: condition ? { ...condition } : null }
}

function typeOf<T>(name: string): MessageClass<T> {
  return root.lookupType(name) as unknown as MessageClass<T>
}
