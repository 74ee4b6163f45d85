import { refuseOthers } from '../resources/json-values.ts'
import type { PushConfig } from '../resources/subscription-config.ts'

export interface PushResource {
  pushEndpoint?: string | null
  attributes?: Record<string, string> | null
  oidcToken?: { serviceAccountEmail?: string | null; audience?: string | null } | null
  noWrapper?: { writeMetadata?: boolean | null } | null
  [other: string]: unknown
}

const FIELDS = new Set(['pushEndpoint', 'attributes', 'oidcToken', 'pubsubWrapper', 'noWrapper'])

export function readPush(pushConfig: PushResource): PushConfig {
  refuseOthers('pushConfig', pushConfig, FIELDS)
  const { pushEndpoint, attributes, oidcToken, noWrapper } = pushConfig
  return {
    endpoint: pushEndpoint ?? '',
    attributes: attributes ?? {},
    ...(noWrapper && { noWrapper: { writeMetadata: noWrapper.writeMetadata ?? false } }),
    ...(oidcToken && {
      oidcToken: {
        serviceAccountEmail: oidcToken.serviceAccountEmail ?? '',
        audience: oidcToken.audience ?? '',
      },
    }),
  }
}

/** Proto3 JSON, as REST answers it. */
export function pushJson({ endpoint, attributes, noWrapper, oidcToken }: PushConfig): object {
  return {
    pushEndpoint: endpoint,
    attributes,
    ...(noWrapper && { noWrapper }),
    ...(oidcToken && {
      oidcToken: {
        serviceAccountEmail: oidcToken.serviceAccountEmail,
        ...(oidcToken.audience !== '' && { audience: oidcToken.audience }),
      },
    }),
  }
}
