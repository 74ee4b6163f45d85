type Body = Readonly<Record<string, unknown>>

/** A body without the fields that are null: clients send them for what nobody has set, and Google takes them so. */
export function withoutNulls(body: Body): Body {
  const kept = Object.entries(body).filter(([, value]) => value !== null)
  return Object.fromEntries(kept.map(([name, value]) => [name, inside(value)]))
}

function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside)
  return typeof value === 'object' && value !== null ? withoutNulls(value as Body) : value
}
