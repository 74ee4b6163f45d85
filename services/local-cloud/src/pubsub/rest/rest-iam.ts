import type { PolicyChange } from '../resources/iam-policy.ts'
import type { PubSub } from '../pubsub.ts'
import type { Methods } from './rest-methods.ts'

/** `:getIamPolicy`, `:setIamPolicy` and `:testIamPermissions` of every collection. */
export function iamMethods({ policies }: PubSub): { readonly GET: Methods; readonly POST: Methods } {
  const policy = { version: true, bindings: true, etag: true, auditConfigs: true } as const
  return {
    GET: { getIamPolicy: [{}, (name) => policies.get(name)] },
    POST: {
      setIamPolicy: [
        { policy, updateMask: true },
        (name, body: { policy?: PolicyChange }) => policies.set(name, body.policy ?? {}),
      ],
      testIamPermissions: [
        { permissions: true },
        (name, body: { permissions?: string[] }) => ({
          permissions: policies.test(name, body.permissions ?? []),
        }),
      ],
    },
  }
}
