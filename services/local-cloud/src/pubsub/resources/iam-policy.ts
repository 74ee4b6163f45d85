/** google.iam.v1.Policy in proto3 JSON. */
export interface Policy {
  readonly version: number
  readonly bindings: readonly Binding[]
  /** Base64. */
  readonly etag: string
}

export interface Binding {
  readonly role: string
  readonly members: readonly string[]
  readonly condition?: object | null
}

export interface PolicyChange {
  readonly version?: number | null
  readonly bindings?: readonly {
    role?: string | null
    members?: readonly string[] | null
    condition?: object | null
  }[]
  readonly etag?: string | null
  readonly auditConfigs?: readonly object[]
}
