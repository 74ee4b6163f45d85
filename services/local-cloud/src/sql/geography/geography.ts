/** Degrees. */
export type Position = readonly [longitude: number, latitude: number]

/** A GEOGRAPHY as far as local-cloud reckons with them. `EMPTY` has no point; `OTHER` is what has areas or several parts. */
export type Geography =
  | { readonly kind: 'EMPTY' }
  | { readonly kind: 'POINT'; readonly at: Position }
  | { readonly kind: 'LINESTRING'; readonly points: readonly Position[] }
  | { readonly kind: 'OTHER'; readonly shape: string }

export const EMPTY: Geography = { kind: 'EMPTY' }

/** The shapes of well-known text, each with its number in well-known binary, beside FULLGLOBE. */
export const SHAPES = [
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
] as const

/** @throws Error for a latitude beyond the poles */
export function position(name: string, longitude: number, latitude: number): Position {
  if (!Number.isFinite(longitude) || !Number.isFinite(latitude))
    throw new Error(`${name} failed: longitude and latitude must be finite: ${longitude} ${latitude}`)
  if (latitude < -90 || latitude > 90)
    throw new Error(`${name} failed: Latitude must be between -90 and 90 degrees: ${latitude}`)
  // a pole has any longitude, and -180 is 180
  return [Math.abs(latitude) === 90 ? 0 : around(longitude), latitude]
}

function around(longitude: number): number {
  if (longitude > -180 && longitude <= 180) return longitude + 0
  const rest = (((longitude + 180) % 360) + 360) % 360
  return rest === 0 ? 180 : rest - 180
}

/**
 * Neighbours that are the same are one; a line of one place is a point.
 *
 * @throws Error for less than two points, and for an edge of 180 degrees, which has no way of its own
 */
export function lineOf(name: string, points: readonly Position[]): Geography {
  if (points.length < 2) throw new Error(`${name} failed: a LINESTRING has at least two points`)
  const kept = points.filter((point, index) => index === 0 || !isSame(point, points[index - 1]!))
  const far = kept.findIndex((point, index) => index > 0 && isAntipode(kept[index - 1]!, point))
  if (far > 0)
    throw new Error(
      `${name} failed: an edge must span less than 180 degrees: ${pairText(kept[far - 1]!)}, ${pairText(kept[far]!)}`,
    )
  return kept.length === 1 ? { kind: 'POINT', at: kept[0]! } : { kind: 'LINESTRING', points: kept }
}

export const isSame = (a: Position, b: Position): boolean => a[0] === b[0] && a[1] === b[1]

export function isAntipode(a: Position, b: Position): boolean {
  return a[1] === -b[1] && (Math.abs(a[1]) === 90 || Math.abs(a[0] - b[0]) === 180)
}

/** Degrees have up to 15 digits, as BigQuery writes them. */
export const degrees = (value: number): string => String(Number(value.toPrecision(15)))
export const pairText = ([longitude, latitude]: Position): string =>
  `${degrees(longitude)} ${degrees(latitude)}`

export const shapeOf = (geography: Geography): string =>
  geography.kind === 'OTHER' ? geography.shape : geography.kind

/** For messages: `a POINT`. */
export const oneOf = (geography: Geography): string =>
  geography.kind === 'EMPTY' ? 'an empty GEOGRAPHY' : `a ${shapeOf(geography)}`

export const elsewhere = (name: string, shape: string): Error =>
  new Error(`local-cloud does not support ${name} of a ${shape}`)
