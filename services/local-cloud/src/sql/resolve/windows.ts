import type { Select, WindowSpec } from '../tree/tree.ts'
import type { Context, Scope } from './scope.ts'

type Windows = ReadonlyMap<string, WindowSpec>

/** What WINDOW names; a window may name those before it. */
export function namedWindows(context: Context, named: Select['windows'], at: number): Windows {
  const windows = new Map<string, WindowSpec>()
  for (const { name, window } of named) {
    const lower = name.toLowerCase()
    if (windows.has(lower)) context.fail(`Duplicate window alias ${name}`, at)
    windows.set(lower, wholeWindow(context, window, windows, at))
  }
  return windows
}

/** A window with what it takes from the one that it names. */
export function windowOf(context: Context, window: WindowSpec, scope: Scope, at: number): WindowSpec {
  let place: Scope | undefined = scope
  while (place && !place.windows) place = place.outer
  return wholeWindow(context, window, place?.windows, at)
}

function wholeWindow(
  context: Context,
  window: WindowSpec,
  windows: Windows | undefined,
  at: number,
): WindowSpec {
  const { base, partitionBy, orderBy, frame } = window
  if (base === undefined) return window
  const whole = windows?.get(base.toLowerCase())
  if (!whole) return context.fail(`Unrecognized window alias ${base}`, at)
  if (partitionBy.length > 0)
    return context.fail('If a window has a PARTITION BY, it cannot reference a named window', at)
  if (whole.frame && (frame || orderBy.length > 0))
    return context.fail(
      'If a window has an inline ORDER BY or window frame clause, it cannot reference another window that contains or inherits a window frame clause',
      at,
    )
  if (whole.orderBy.length > 0 && orderBy.length > 0)
    return context.fail(
      'If a window inherits an ORDER BY from its referenced window, it cannot have an inline ORDER BY',
      at,
    )
  return { ...whole, orderBy: orderBy.length > 0 ? orderBy : whole.orderBy, frame: frame ?? whole.frame }
}
