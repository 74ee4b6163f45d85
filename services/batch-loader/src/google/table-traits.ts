/** A field as the REST API has it. */
export interface TableField {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly description?: string
  readonly policyTags?: object
  readonly fields?: readonly TableField[]
}

/** Of a table, what is neither columns nor rows. As REST has it; null: nothing. */
export interface TableTraits {
  readonly labels: Readonly<Record<string, string>>
  readonly description: string | null
  readonly friendlyName: string | null
  readonly expirationTime: string | null
  readonly encryptionConfiguration: object | null
  readonly resourceTags: Readonly<Record<string, string>> | null
  /** Of what its partitions are. */
  readonly partition: { readonly type?: string; readonly field?: string } | null
  readonly partitionExpirationMs: string | null
  readonly clustering: readonly string[] | null
  /** Policy tags of columns, by path. */
  readonly policyTags: ReadonlyMap<string, object>
  /** All of its columns: `items.price` */
  readonly paths: ReadonlySet<string>
}

/** The part of a Table resource that tells them. */
export interface MetadataOfTraits {
  readonly schema?: { readonly fields?: readonly TableField[] }
  readonly labels?: Readonly<Record<string, string>>
  readonly description?: string
  readonly friendlyName?: string
  readonly expirationTime?: string
  readonly encryptionConfiguration?: object
  readonly resourceTags?: Readonly<Record<string, string>>
  readonly timePartitioning?: {
    readonly type?: string
    readonly field?: string
    readonly expirationMs?: string
  }
  readonly clustering?: { readonly fields?: readonly string[] }
}

export function traitsOf(metadata: MetadataOfTraits): TableTraits {
  const { timePartitioning } = metadata
  const { type, field, expirationMs = null } = timePartitioning ?? {}
  const fields = pathsOf(metadata.schema?.fields ?? [])
  return {
    labels: metadata.labels ?? {},
    description: metadata.description ?? null,
    friendlyName: metadata.friendlyName ?? null,
    expirationTime: metadata.expirationTime ?? null,
    encryptionConfiguration: metadata.encryptionConfiguration ?? null,
    resourceTags: metadata.resourceTags ?? null,
    partition: timePartitioning
      ? { ...(type !== undefined && { type }), ...(field !== undefined && { field }) }
      : null,
    partitionExpirationMs: expirationMs,
    clustering: metadata.clustering?.fields ?? null,
    policyTags: new Map(
      fields.flatMap(([path, { policyTags }]) => (policyTags ? [[path, policyTags] as const] : [])),
    ),
    paths: new Set(fields.map(([path]) => path)),
  }
}

/** The change of a table that gives it traits. One that is null stays as it is. */
export function patchOf(metadata: MetadataOfTraits, traits: Partial<TableTraits>): object {
  const { labels, policyTags = new Map<string, object>(), partitionExpirationMs: expirationMs } = traits
  const { description, friendlyName, expirationTime, encryptionConfiguration, resourceTags } = traits
  const own = { description, friendlyName, expirationTime, encryptionConfiguration, resourceTags }
  const { timePartitioning, schema } = metadata
  return {
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => (value ?? null) !== null)),
    ...(labels && { labels: { ...labels } }),
    ...(timePartitioning &&
      (expirationMs ?? null) !== null && { timePartitioning: { ...timePartitioning, expirationMs } }),
    ...(policyTags.size > 0 && { schema: { fields: tagged(schema?.fields ?? [], policyTags) } }),
  }
}

function tagged(fields: readonly TableField[], tags: ReadonlyMap<string, object>, above = ''): TableField[] {
  return fields.map((field) => {
    const path = above + field.name
    const own = tags.get(path)
    return {
      ...field,
      ...(own && { policyTags: own }),
      ...(field.fields && { fields: tagged(field.fields, tags, `${path}.`) }),
    }
  })
}

function pathsOf(fields: readonly TableField[], above = ''): (readonly [string, TableField])[] {
  return fields.flatMap((field) => {
    const path = above + field.name
    return [[path, field] as const, ...pathsOf(field.fields ?? [], `${path}.`)]
  })
}
