/** Degrees. */
export type Position = readonly [longitude: number, latitude: number]

/** A GEOGRAPHY as far as local-cloud reckons with them. `EMPTY` has no point; `OTHER` is what has areas or several parts. */
export type Geography =
  | { readonly kind: 'EMPTY' }
  | { readonly kind: 'POINT'; readonly at: Position }
  | { readonly kind: 'LINESTRING'; readonly points: readonly Position[] }
  | { readonly kind: 'OTHER'; readonly shape: string }

const EMPTY: Geography = { kind: 'EMPTY' }
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`
const PAIR = new RegExp(String.raw`^\s*(${NUMBER})\s+(${NUMBER})\s*$`)
const TAGGED = /^\s*([A-Za-z]+)\s*(EMPTY|\(([\s\S]*)\))\s*$/i
const SHAPES = [
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
  'FULLGLOBE',
]

/**
 * Reads well-known text.
 *
 * @throws Error that names the function and what is wrong
 */
export function readText(name: string, text: string): Geography {
  if (/^\s*FULLGLOBE\s*$/i.test(text)) return { kind: 'OTHER', shape: 'FULLGLOBE' }
  const [, tag = '', body = '', inside = ''] = TAGGED.exec(text) ?? []
  const shape = tag.toUpperCase()
  if (!SHAPES.includes(shape)) throw new Error(`${name} failed: Invalid WKT: ${text.slice(0, 100)}`)
  if (body.toUpperCase() === 'EMPTY') return EMPTY
  if (shape === 'POINT') return { kind: 'POINT', at: positionOf(name, inside) }
  if (shape === 'LINESTRING')
    return lineOf(
      name,
      inside.split(',').map((pair) => positionOf(name, pair)),
    )
  return { kind: 'OTHER', shape }
}

function positionOf(name: string, pair: string): Position {
  const [, longitude, latitude] = PAIR.exec(pair) ?? []
  if (longitude === undefined)
    throw new Error(`${name} failed: Invalid WKT: ${pair.trim().slice(0, 100)} is no longitude and latitude`)
  return position(name, Number(longitude), Number(latitude))
}

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

/** Neighbours that are the same are one; a line of one place is a point. */
export function lineOf(name: string, points: readonly Position[]): Geography {
  const kept = points.filter((point, index) => index === 0 || !isSame(point, points[index - 1]!))
  if (points.length < 2) throw new Error(`${name} failed: a LINESTRING has at least two points`)
  return kept.length === 1 ? { kind: 'POINT', at: kept[0]! } : { kind: 'LINESTRING', points: kept }
}

export const isSame = (a: Position, b: Position): boolean => a[0] === b[0] && a[1] === b[1]

/** Reads the geometry of a GeoJSON text. @throws Error that names the function and what is wrong */
export function readGeoJson(name: string, text: string): Geography {
  const wrong = (why: string) => new Error(`${name} failed: Invalid GeoJSON: ${why}`)
  let geometry: { readonly type?: unknown; readonly coordinates?: unknown }
  try {
    geometry = JSON.parse(text) as typeof geometry
  } catch (error) {
    throw wrong((error as Error).message)
  }
  const { type, coordinates } = geometry ?? {}
  const types = SHAPES.map((shape) => shape.toLowerCase())
  if (typeof type !== 'string' || !types.includes(type.toLowerCase()))
    throw wrong(`the type is no geometry: ${JSON.stringify(type)}`)
  if (type !== 'Point') return { kind: 'OTHER', shape: type.toUpperCase() }
  if (!Array.isArray(coordinates)) throw wrong('a Point has coordinates')
  if (coordinates.length === 0) return EMPTY
  if (coordinates.length !== 2 || !coordinates.every((each) => typeof each === 'number'))
    throw wrong(`a position is two numbers: ${JSON.stringify(coordinates)}`)
  return { kind: 'POINT', at: position(name, coordinates[0] as number, coordinates[1] as number) }
}

/** Degrees have up to 15 digits, as BigQuery writes them. */
const degrees = (value: number): string => String(Number(value.toPrecision(15)))
const pairText = ([longitude, latitude]: Position): string => `${degrees(longitude)} ${degrees(latitude)}`

/** Well-known text, as BigQuery writes it. @throws Error for what has areas or parts: their order is Google's own */
export function writeText(name: string, geography: Geography): string {
  switch (geography.kind) {
    case 'EMPTY':
      return 'GEOMETRYCOLLECTION EMPTY'
    case 'POINT':
      return `POINT(${pairText(geography.at)})`
    case 'LINESTRING':
      return `LINESTRING(${geography.points.map(pairText).join(', ')})`
    default:
      throw elsewhere(name, geography.shape)
  }
}

/** @throws Error for all but a point: edges of GeoJSON are straight on the map, and BigQuery adds points to them */
export function writeGeoJson(name: string, geography: Geography): string {
  if (geography.kind === 'EMPTY') return '{ "type": "GeometryCollection", "geometries": [] } '
  if (geography.kind !== 'POINT') throw elsewhere(name, shapeOf(geography))
  return `{ "type": "Point", "coordinates": [${geography.at.map(degrees).join(', ')}] } `
}

export const shapeOf = (geography: Geography): string =>
  geography.kind === 'OTHER' ? geography.shape : geography.kind

export const elsewhere = (name: string, shape: string): Error =>
  new Error(`local-cloud does not support ${name} of a ${shape}`)
